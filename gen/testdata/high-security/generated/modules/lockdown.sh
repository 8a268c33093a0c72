# Cuts a host off from everybody but its operators, and lets it back.
#
# lockdown isolate   keeps that it is isolated, cuts it off, and looks around
# lockdown resume   cuts it off again, at boot
# lockdown expire   releases it if its time is over
# lockdown release  lets it back
#
# In STATE_DIRECTORY
#   isolated         is there while the host is isolated, and holds since when
#   incidents/TIME/  is what the host looked like
#
# RULESET        the file that nft loads
# OPERATORS      addresses that still come in, one to a line
# PORTS          the ports they come to, one to a line
# ROTATE         what an intruder may have read, one to a line
# QUEUE          the state directory of pantherctl-notify; empty for none
# RELEASE_AFTER  seconds until release; empty for never
set +e -u # what fails on the way must not keep the host from being isolated

umask 077
cd "$STATE_DIRECTORY" || exit

# say writes into the journal, as an alert.
say() { echo "<1>$1"; }

# tell queues a message and gives it a moment to leave. What cannot stays in
# the queue and goes out once the host is released.
tell() {
  say "$1"
  if [ -z "$QUEUE" ]; then return; fi
  mkdir -p "$QUEUE/queue" "$QUEUE/sent" || return
  (
    flock --timeout 5 9
    echo "$(date --iso-8601=seconds) $1" >>"$QUEUE/queue/incident"
    rm -f "$QUEUE/sent/incident" # about this there is no waiting
  ) 9>"$QUEUE/lock"
  timeout 5 systemctl start pantherctl-notify.service
}

# look writes what the host looks like. Nothing here may keep it from being
# isolated, so a command that fails is noted and passed over.
look() {
  seen=incidents/$(date --utc +%Y%m%dT%H%M%SZ)
  mkdir -p "$seen"
  note() {
    name=$1
    shift
    timeout 20 "$@" >"$seen/$name" 2>&1 || echo "failed: $*" >>"$seen/$name"
  }
  note sockets ss --all --numeric --processes --tcp --udp --raw --packet
  note connections conntrack -L
  note processes ps -e -o pid,ppid,user,lstart,cgroup,args --cols 4000
  note sessions loginctl --no-pager list-sessions
  note ruleset nft list ruleset
  note addresses ip address
  note routes ip route show table all
  note modules lsmod
  note units systemctl --no-pager list-units --all
  note journal-cursor journalctl --no-pager --lines=0 --show-cursor
  note system readlink -f /run/booted-system /run/current-system
  printf '%s\n' "$ROTATE" >"$seen/rotate"
}

# cut_off lets nobody but operators in, and nothing out. From here on no foreign
# session sends or receives anything.
cut_off() { nft -f "$RULESET"; }

# spare is the filter of ss for what stays: operators' connections to sshd, and
# those within the host.
spare() {
  local to='' from=''
  while read -r port; do to="${to:+$to or }sport = :$port"; done <<EOF
$PORTS
EOF
  while read -r address; do
    case $address in *:*) address="[$address]" ;; esac
    from="${from:+$from or }dst $address"
  done <<EOF
$OPERATORS
EOF
  echo "( ( $to ) and ( $from ) ) or dst 127.0.0.0/8 or dst [::1]"
}

# operator ADDRESS reports whether somebody comes from there.
operator() { printf '%s\n' "$OPERATORS" | grep --quiet --fixed-strings --line-regexp -- "$1"; }

# end_sessions ends every session but those of operators.
end_sessions() {
  conntrack -F || say "the connection tracking table could not be flushed"
  ss --kill --tcp --numeric state connected "not ( $(spare) )" >/dev/null ||
    say "the kernel ends no sockets; their packets are dropped all the same"
  loginctl --no-legend --no-pager list-sessions | while read -r session _; do
    from=$(loginctl show-session --property=RemoteHost --value -- "$session") || continue
    class=$(loginctl show-session --property=Class --value -- "$session") || continue
    case $class in manager*) continue ;; esac
    if [ -z "$from" ] || ! operator "$from"; then
      loginctl terminate-session -- "$session" || say "session $session could not be ended"
    fi
  done
}

isolate() {
  if [ -e isolated ]; then
    say "already isolated since $(cat isolated); isolating again"
  else
    date +%s >isolated.new
    mv isolated.new isolated
    sync isolated .
    tell "the host is being isolated: only its operators reach it, by SSH"
  fi
  if ! cut_off; then
    say "THE HOST IS NOT ISOLATED: nft refuses the ruleset"
    return 1
  fi
  look
  end_sessions
  say "isolated; the evidence is in $STATE_DIRECTORY/$seen, and what to make anew in its file rotate"
}

release() {
  nft -f - <<EOF || return
table inet pantherctl-lockdown
delete table inet pantherctl-lockdown
EOF
  rm -f isolated
  sync .
  tell "$1"
}

case $1 in
isolate) isolate ;;
resume) cut_off && say "still isolated, since $(cat isolated)" ;;
expire)
  since=$(cat isolated) || exit 0
  if [ $(($(date +%s) - since)) -ge "$RELEASE_AFTER" ]; then
    release "the isolation of the host is over: its time has passed"
  fi
  ;;
release) release "the isolation of the host is over: an operator ended it" ;;
*)
  echo "lockdown: unknown command $1" >&2
  exit 2
  ;;
esac
