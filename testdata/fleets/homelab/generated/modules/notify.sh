# Tells people what happened on this host: at most once in a while about the
# same, and later if nobody can be reached now.
#
# With an argument: a unit that failed. Without: what is new in the journal.
# Either way, what waits and is due is then sent. In STATE_DIRECTORY
#   queue/NAME   is the message that waits
#   sent/NAME    is when the last one about it went out
#   cursor       is how far the journal was read
# so nothing is forgotten by a restart of this service or of the host.
#
# VIA      ntfy, webhook or mail
# TARGET   the file with lines of a curl configuration that say where to
# EVERY    seconds between two messages about the same
# PATTERN  messages of the journal that are told; may be empty
set -eu

lines=20 # of the newest in one message

cd "$STATE_DIRECTORY"
mkdir -p queue sent
exec 9>lock
flock 9

host=$(uname --nodename)
now=$(date +%s)

# queue NAME adds the text that it reads to a message.
queue() {
  cat >>"queue/$1"
  tail --lines="$lines" "queue/$1" >message
  mv message "queue/$1"
}

# failed UNIT queues that a unit failed.
failed() {
  result=$(systemctl show --property=Result --value -- "$1") || result=unknown
  echo "$(date --iso-8601=seconds) $1 failed: $result" | queue "$1"
}

# events queues what the journal has of interest since the last look.
events() {
  set -- --quiet --no-pager --output=short-iso --cursor-file=cursor --grep="$PATTERN" \
    --identifier=sshd --identifier=sshd-session --identifier=sudo
  [ -s cursor ] || set -- "$@" --since=-5min
  journalctl "$@" >new || true # it fails when nothing matches
  if [ -s new ]; then
    queue events <new
  fi
  rm new
}

# sender and receivers stand in TARGET, for the head of a mail.
addresses() {
  sed -n "s/^[[:space:]]*$1[[:space:]]*[=:]*[[:space:]]*\"\{0,1\}\([^\"]*\)\"\{0,1\}[[:space:]]*\$/\1/p" "$TARGET" | paste -s -d ,
}

# send SUBJECT FILE sends a message. The address and the token stay off the
# command line, where every user could read them.
send() {
  case $VIA in
  ntfy)
    curl_to '=https' --header "Title: $1" --header 'Priority: high' --data-binary "@$2"
    ;;
  webhook)
    jq --null-input --arg host "$host" --arg subject "$1" --rawfile text "$2" '{$host, $subject, $text}' |
      curl_to '=https' --header 'Content-Type: application/json' --data-binary @-
    ;;
  mail)
    {
      printf 'From: %s\r\nTo: %s\r\n' "$(addresses mail-from)" "$(addresses mail-rcpt)"
      printf 'Date: %s\r\nSubject: %s\r\n\r\n' "$(date --rfc-email)" "$1"
      cat "$2"
    } | curl_to '=smtps,smtp' --ssl-reqd --upload-file -
    ;;
  esac
}

# curl_to PROTOCOLS … never sends in clear.
curl_to() {
  protocols=$1
  shift
  curl --silent --show-error --fail --output /dev/null --max-time 30 --config "$TARGET" --proto "$protocols" "$@"
}

# due NAME reports whether the last message about it is long enough ago. A
# clock that was set back makes it due.
due() {
  last=$(cat "sent/$1" 2>/dev/null) || last=0
  [ $((now - ${last:-0})) -ge "$EVERY" ] || [ "${last:-0}" -gt "$now" ]
}

if [ $# -gt 0 ]; then
  failed "$1"
elif [ -n "$PATTERN" ]; then
  events
fi

status=0
for message in queue/*; do
  name=${message#queue/}
  if [ ! -e "$message" ] || ! due "$name"; then
    continue
  fi
  if send "$host: $name" "$message"; then
    echo "$now" >"sent/$name"
    rm "$message"
  else
    echo "could not tell about $name, it stays in the queue" >&2
    status=1
  fi
done
exit $status
