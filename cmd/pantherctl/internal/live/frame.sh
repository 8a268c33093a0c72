# Frames what a host prints, for whoever asked it. $nonce begins every line that
# frames a section.

# section NAME LIMIT COMMAND… frames what a command prints, and how it ends.
section() {
  name=$1
  limit=$2
  shift 2
  printf '\n@%s begin %s\n' "$nonce" "$name"
  code=$({ { "$@" </dev/null 2>&1; echo $? >&3; } | head -c "$limit" >&4; } 3>&1)
  printf '\n@%s end %s %s\n' "$nonce" "$name" "$code"
} 4>&1

# file NAME LIMIT PATH frames a file.
file() {
  printf '\n@%s begin %s\n' "$nonce" "$1"
  if [ -f "$3" ]; then
    head -c "$2" "$3"
    code=$?
  else
    code=127
  fi
  printf '\n@%s end %s %s\n' "$nonce" "$1" "$code"
}
