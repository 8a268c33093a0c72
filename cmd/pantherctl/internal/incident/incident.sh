# Cuts a host off, or lets it back, by the units of nixmodules/lockdown.nix.
# pantherctl incident sends it to a shell of root, with the address that it
# comes from as SSH_CONNECTION says it.
#
# verb       isolate, confirm, status or release
# operators  addresses that the document lets in during an incident, one to a line
# seconds    until the host is released unless somebody confirms
# stay       isolate even if the connection's own address is no operator's

state=/var/lib/pantherctl
unit=pantherctl-lockdown
watch=pantherctl-unconfirmed

# operator reports whether the connection comes from one.
operator() {
  echo "$1"
  [ "$stay" ] || printf '%s\n' "$operators" | grep -Fqx -- "${1%% *}"
}

# arm has the host released unless somebody comes in again. It is not there to
# end an isolation that was confirmed before.
arm() {
  systemctl stop $watch.timer 2>/dev/null
  systemd-run --quiet --collect --unit=$watch --on-active="$seconds" --timer-property=AccuracySec=1s \
    systemctl start $unit-release.service
}

disarm() {
  systemctl stop $watch.timer 2>/dev/null
  ! systemctl is-active --quiet $watch.timer
}

evidence() {
  cd $state/incidents || return
  newest=
  for dir in *; do newest=$dir; done # their names sort by time
  echo "$state/incidents/$newest"
  ls "$newest"
}

confirmed() {
  [ -e $state/isolated ] && nft list table inet $unit >/dev/null && disarm
}

look() {
  file isolated 64 $state/isolated
  section table 1048576 nft list table inet $unit
  section evidence 65536 evidence
  section timer 64 systemctl is-active $watch.timer
}

isolate() {
  if [ -e $state/isolated ]; then
    section armed 4096 echo "already isolated"
  else
    section armed 4096 arm
  fi
  if [ "$code" = 0 ]; then section started 65536 timeout 120 systemctl start $unit.service; fi
}

main() {
  export LC_ALL=C PATH="$PATH:/run/current-system/sw/bin"
  cd /
  section operator 4096 operator "${1-}"
  allowed=$code
  section unit 65536 systemctl cat $unit.service
  case $verb$code in
  isolate0) if [ "$allowed" = 0 ]; then isolate; fi ;;
  confirm0) section confirmed 4096 confirmed ;;
  release0) section started 65536 timeout 120 systemctl start $unit-release.service ;;
  esac
  if [ "$verb" != isolate ]; then look; fi
  printf '\n@%s done\n' "$nonce"
}
