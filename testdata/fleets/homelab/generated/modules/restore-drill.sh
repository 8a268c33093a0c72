# Restores a sample from the newest backup into a private folder, compares it
# with the original, and removes it again. Names that differ are printed, and
# never what a file holds. Nothing of the host or the repository is changed.
#
# SAMPLE   the file or folder to restore
# OLDEST   how many seconds old the newest backup may be
# OPTIONS  further words for restic, one to a line
# restic's own variables say where the repository is.
set -eu
umask 077

work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "drill: $1"
  exit 1
}

host=$(uname --nodename)
set -- --no-cache --no-lock --quiet
while read -r option; do
  if [ -n "$option" ]; then
    set -- "$@" --option "$option"
  fi
done <<EOF
$OPTIONS
EOF

taken=$(restic "$@" snapshots --host "$host" --json latest | jq --raw-output 'map(.time) | max // empty')
if [ -z "$taken" ]; then
  fail "the repository holds no backup of $host"
fi
age=$(($(date +%s) - $(date --date="$taken" +%s)))
if [ "$age" -gt "$OLDEST" ]; then
  fail "the newest backup is of $taken"
fi

restic "$@" restore latest --host "$host" --include "$SAMPLE" --target "$work"
if [ ! -e "$work$SAMPLE" ]; then
  fail "the backup of $taken does not hold $SAMPLE"
fi
if ! diff --recursive --brief --no-dereference "$SAMPLE" "$work$SAMPLE"; then
  fail "what was restored is not what $SAMPLE holds"
fi
if [ "$(stat --format='%a %u %g' "$SAMPLE")" != "$(stat --format='%a %u %g' "$work$SAMPLE")" ]; then
  fail "$SAMPLE came back with another mode or owner"
fi
echo "restored as it is: $SAMPLE, of $taken"
