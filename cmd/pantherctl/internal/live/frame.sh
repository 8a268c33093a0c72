# Frames what a host prints, for whoever asked it. $nonce begins every line that
# frames a section.

# cut_at LIMIT passes on as much as that to 4, and tells 3 if there is more.
cut_at() {
  head -c "$1" >&4
  if [ "$(head -c 1 | wc -c)" -gt 0 ]; then echo cut >&3; fi
}

# section NAME LIMIT COMMAND… frames what a command prints, and how it ends.
section() {
  name=$1
  limit=$2
  shift 2
  printf '\n@%s begin %s\n' "$nonce" "$name"
  code=$({ { "$@" </dev/null 2>&1; echo $? >&3; } | cut_at "$limit"; } 3>&1)
  case $code in *cut*) code=141 ;; esac # as of one whose reader is gone
  printf '\n@%s end %s %s\n' "$nonce" "$name" "$code"
} 4>&1

# file NAME LIMIT PATH frames a file.
file() { section "$1" "$2" contents "$3"; }

contents() {
  [ -f "$1" ] || return 127
  cat "$1"
}
