# Has an upgrade prove itself: the system that ran before it is recorded, and
# once the new one runs the selfcheck decides. If that fails, the host goes
# back to the recorded system, and this script fails, so that somebody is told.
#
#   record    before an upgrade
#   confirm   after it, and again after a boot
#
# STATE_DIRECTORY/pending holds three lines, and is gone once all is decided:
# the system before, the boot it was recorded in, and whether the selfcheck had
# failed by then. A system that was bad before is no reason to go back to it.
#
# CURRENT   the link to the system that runs
# BOOTED    the link to the one whose kernel runs
# PROFILE   the profile of the system, whose target boots by default
# ROOT      a link that keeps the recorded system from the garbage collector
# BOOT_ID   the file that names this boot
# REBOOT    1 if the host may restart by itself
# TRIES     how often the selfcheck may fail before it counts
# PAUSE     seconds between two tries: the tailnet takes its time
set -eu

pending=$STATE_DIRECTORY/pending
selfcheck=pantherctl-selfcheck.service

forget() {
  rm -f "$pending" "$ROOT"
}

record() {
  if [ -s "$pending" ]; then
    return # an upgrade that is yet to boot; the system before is the same
  fi
  before=$(readlink -f "$CURRENT")
  health=well
  if systemctl is-failed --quiet "$selfcheck"; then
    health=failed
  fi
  ln -sfn "$before" "$ROOT"
  printf '%s\n' "$before" "$(cat "$BOOT_ID")" "$health" >"$pending.new"
  mv "$pending.new" "$pending"
  sync "$pending"
}

checked() {
  try=1
  while ! systemctl start "$selfcheck"; do
    if [ "$try" -ge "$TRIES" ]; then
      return 1
    fi
    try=$((try + 1))
    sleep "$PAUSE"
  done
}

# same_kernel A B: no reboot lies between two systems.
same_kernel() {
  for part in kernel initrd kernel-modules; do
    if [ "$(readlink -f "$1/$part")" != "$(readlink -f "$2/$part")" ]; then
      return 1
    fi
  done
}

# back makes the recorded system the one that runs and boots. It is over before
# the switch, which may end this script.
back() {
  nix-env --profile "$PROFILE" --set "$before"
  forget
  if same_kernel "$BOOTED" "$before"; then
    "$before/bin/switch-to-configuration" switch
  elif [ "$REBOOT" = 1 ]; then
    "$before/bin/switch-to-configuration" boot
    shutdown -r +1
  else
    "$before/bin/switch-to-configuration" switch || echo "not all of it switched"
    echo "the kernel is still the new one until the host restarts"
  fi
}

confirm() {
  if [ ! -s "$pending" ]; then
    return
  fi
  { read -r before && read -r boot && read -r health; } <"$pending"
  running=$(readlink -f "$CURRENT")
  default=$(readlink -f "$PROFILE")
  if [ "$running" = "$before" ] && [ "$default" = "$before" ]; then
    echo "nothing new: $running"
    forget
    return
  fi
  if [ "$running" = "$before" ] && [ "$boot" = "$(cat "$BOOT_ID")" ]; then
    echo "$default waits for the next boot"
    return
  fi
  if [ "$running" = "$before" ]; then
    echo "$default did not boot, or somebody chose the system before it: that one is the default again"
    back
    exit 1
  fi
  if checked; then
    echo "confirmed: $running"
    forget
    return
  fi
  if [ "$health" = failed ]; then
    echo "the selfcheck fails, as it did before the upgrade: $running stays"
    forget
    exit 1
  fi
  echo "the selfcheck fails since the upgrade: back from $running to $before"
  back
  exit 1
}

case $1 in
record) record ;;
confirm) confirm ;;
esac
