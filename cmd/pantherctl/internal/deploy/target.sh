#!/bin/sh
# The part of a deployment that runs on the host, as root.
#
#   arm        has the host go back by itself unless it is told otherwise
#   rollback   goes back to the system that ran before; the timer does this
#   commit     keeps the new system, and makes it the one that boots
#   now, release and confirm are how a deployment asks for these
#   probe, health, settle and status look and change nothing
#
# A run has a folder of its own below /run, so a reboot forgets it: the host
# then boots what it always booted, as nothing else is made the default before
# the run is confirmed. Whoever makes the folder "decided" in it decides, once.
#
# What it is told comes as variables, above this text or from the environment;
# what it is called with besides is the value of SSH_CONNECTION.
set -u
umask 077
: "${run:?}" "${new=}" "${nonce=}" "${timeout=}" "${watch=}" "${script=}"
: "${was=}" "${user=}" "${config=}" "${ruleset=}" "${identities=}"
base=/run/pantherctl
dir=$base/$run
profile=/nix/var/nix/profiles/system
root=/nix/var/nix/gcroots/auto/pantherctl-$run
LC_ALL=C
export LC_ALL

# Tools of the system that ran before, while it is known: the new one's may be
# what is broken.
old=$(cat "$dir/old" 2>/dev/null) || old=$(readlink -f /run/current-system)
PATH=$old/sw/bin:/run/wrappers/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

say() { printf '%s=%s\n' "$1" "$2"; }

fail() { # CODE WHY
	say refused "$2"
	exit "$1"
}

# Writes a file of the run so that it is whole or not there.
keep() { printf '%s\n' "$2" >"$dir/.$1" && mv "$dir/.$1" "$dir/$1"; }

current() { readlink -f /run/current-system; }

# failed_units prints the units that fail, and those that fail and are started
# again and again.
failed_units() {
	systemctl list-units --state=failed,auto-restart --plain --no-legend | while read -r unit _ _ sub _; do
		[ "$sub" != auto-restart ] || [ "$(systemctl show --value --property=ExecMainStatus "$unit")" != 0 ] || continue
		echo "$unit"
	done
}

# new_failures prints units that fail now and did not before the run.
# systemd-sysctl fails after the way back where a setting cannot be undone.
new_failures() {
	failed_units | while read -r unit; do
		grep -qxF "$unit" "$dir/failed" || echo "$unit"
	done
}

# unreloaded prints the services that go on with what they had, as a reload of
# them failed. Each switch has systemd forget earlier failures before it reloads
# anything.
unreloaded() {
	systemctl list-units --type=service --state=active --plain --no-legend | while read -r unit _; do
		[ "$(systemctl show --value --property=ReloadResult "$unit")" = success ] || echo "$unit"
	done
}

state() { cat "$dir/state" 2>/dev/null || echo unknown; }

unlock() {
	rm -f "$root"
	(
		flock -w 10 9
		[ "$(readlink "$base/lock")" != "$run" ] || rm -f "$base/lock"
	) 9>"$base/guard"
}

# finished tells whether another run has come to its end.
finished() {
	case $(cat "$base/$1/state" 2>/dev/null) in
	confirmed | rolled-back | released) return 0 ;;
	arming) if kill -0 "$(cat "$base/$1/pid")" 2>/dev/null; then return 1; fi ;;
	esac
	! systemctl is-active --quiet "pantherctl-rollback-$1.timer" &&
		! systemctl is-active --quiet "pantherctl-rollback-$1.service" &&
		! systemctl is-active --quiet "pantherctl-commit-$1.service"
}

lock() {
	(
		flock -w 10 9 || fail 75 "busy $(readlink "$base/lock")"
		other=$(readlink "$base/lock")
		if [ -n "$other" ] && [ "$other" != "$run" ]; then
			finished "$other" || fail 75 "busy $other"
			systemctl stop "pantherctl-rollback-$other.timer" "pantherctl-rollback-$other.service" 2>/dev/null
		fi
		ln -sfT "$run" "$base/lock"
	) 9>"$base/guard" || exit 75
}

# begin writes down the way back from a new system to one that was there
# before.
begin() { # OLD NEW
	if ! mkdir -p "$base" || ! chmod 700 "$base" || ! mkdir "$dir"; then fail 74 "no folder $dir"; fi
	if ! { keep pid $$ && keep state arming; }; then fail 74 "cannot write to $dir"; fi
	lock # whoever finds it taken finds us at work
	old=$1
	if ! { keep old "$1" && keep new "$2" && keep nonce "$nonce" && keep watch "$watch" &&
		keep default "$(readlink -f "$profile")" && keep failed "$(failed_units)" &&
		keep supervisor "$script"; }; then
		unlock
		fail 74 "cannot write to $dir"
	fi
	# What is neither running nor a default could be collected meanwhile. Of the
	# roots in this folder Nix drops those whose link is gone, as after a reboot.
	[ ! -d "${root%/*}" ] || { ln -s "$old" "$dir/root" && ln -sfn "$dir/root" "$root"; }
}

arm() {
	begin "$(current)" "$new"
	if ! systemd-run --quiet --collect --unit="pantherctl-rollback-$run" --on-active="$timeout" \
		--timer-property=AccuracySec=100ms --setenv=run="$run" /bin/sh "$dir/supervisor" rollback >"$dir/log" 2>&1 ||
		! systemctl is-active --quiet "pantherctl-rollback-$run.timer"; then
		unlock
		fail 74 "no timer: $(tail -n 1 "$dir/log")"
	fi
	keep state armed
	say old "$old"
	say state armed
}

# activate runs a system's own program. Inhibitors that kept one system from
# following another would keep the other from following the one: they were
# overruled by deciding to go back.
activate() { NIXOS_NO_CHECK=1 NIXOS_INSTALL_BOOTLOADER=0 "$1/bin/switch-to-configuration" "$2" >>"$dir/log" 2>&1 </dev/null; }

back() {
	activate "$old" test
	code=$?
	[ "$(current)" = "$old" ] || return 1
	case $code in
	0) return 0 ;;
	4) [ -z "$(failed_units)" ] || new_failures | grep -qvxF systemd-sysctl.service || return 0 ;;
	esac
	return 1
}

undo() {
	keep state rolling-back
	# An activation that still runs would go on changing things behind us.
	systemctl list-units --plain --no-legend 'nixos-rebuild-switch-to-configuration*' | cut -d ' ' -f 1 |
		while read -r unit; do systemctl stop "$unit"; done
	attempt=1
	until back; do
		attempt=$((attempt + 1))
		[ "$attempt" -le 5 ] || break
		sleep 1
	done
	was=$(cat "$dir/default")
	if [ "$(readlink -f "$profile")" != "$was" ]; then
		nix-env -p "$profile" --set "$was" >>"$dir/log" 2>&1
		activate "$was" boot
		sync
	fi
	systemctl reset-failed 2>/dev/null
	if [ "$(current)" = "$old" ]; then
		keep state rolled-back
		unlock
		return 0
	fi
	keep state stuck
	return 1
}

# A command that was under way when the network broke may arrive after the way
# back, and switch again with nobody to take it back: the host looks on for a
# while.
rollback() {
	mkdir "$dir/decided" 2>/dev/null || {
		say state "$(state)"
		exit 0
	}
	systemctl stop "pantherctl-rollback-$run.timer" 2>/dev/null
	undo || exit 1
	say state rolled-back
	left=$(cat "$dir/watch")
	failing=$(cat "$dir/new")
	while [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
		[ "$(current)" != "$failing" ] || undo
	done
}

# now starts the way back at once, as a unit of its own, so that it does not
# end with the connection. A host that was rebooted after it was armed, and then
# switched all the same, has forgotten the way, and is told it again.
now() {
	case $(state) in
	arming | armed) systemctl start --no-block "pantherctl-rollback-$run.service" ;;
	unknown)
		if [ -n "$was" ] && [ "$(current)" = "$new" ] && [ "$(readlink -f "$profile")" != "$new" ]; then
			begin "$was" "$new"
			systemd-run --quiet --collect --unit="pantherctl-rollback-$run" --setenv=run="$run" /bin/sh "$dir/supervisor" rollback
		fi
		;;
	esac
	settle
}

# settle waits a while for what is under way to end, so that asking often, which
# packet filters limit, is not necessary.
settle() {
	left=10
	while [ "$left" -gt 0 ]; do
		case $(state) in
		arming | armed | rolling-back | confirming) sleep 0.5 ;;
		*) break ;;
		esac
		left=$((left - 1))
	done
	status
}

# release ends a run that changed nothing.
release() {
	[ "$(current)" = "$(cat "$dir/old")" ] || fail 1 "the system has changed"
	mkdir "$dir/decided" 2>/dev/null || fail 1 "$(state)"
	systemctl stop "pantherctl-rollback-$run.timer"
	keep state released
	unlock
	status
}

# confirm checks who asks, and has commit run as a unit of its own, which does
# not end with the connection. Until that has decided, the timer runs on.
confirm() {
	[ "$nonce" = "$(cat "$dir/nonce" 2>/dev/null)" ] || fail 77 "not the deployment that armed this host"
	[ "$(current)" = "$(cat "$dir/new")" ] || fail 1 "runs $(current)"
	systemd-run --quiet --collect --wait --unit="pantherctl-commit-$run" --setenv=run="$run" /bin/sh "$dir/supervisor" commit >>"$dir/log" 2>&1
	status
}

commit() {
	mkdir "$dir/decided" 2>/dev/null || exit 1
	systemctl stop "pantherctl-rollback-$run.timer"
	keep state confirming
	new=$(cat "$dir/new")
	# What is confirmed must outlive a power cut, its files as well as the links
	# that make it the default.
	sync
	if nix-env -p "$profile" --set "$new" >>"$dir/log" 2>&1 && activate "$new" boot && sync; then
		keep state confirmed
		unlock
	else
		undo
	fi
}

status() {
	say state "$(state)"
	say current "$(current)"
	say default "$(readlink -f "$profile")"
	say boot_id "$(cat /proc/sys/kernel/random/boot_id)"
}

health() {
	status
	new_failures | while read -r unit; do say failed "$unit"; done
	failed_units | while read -r unit; do say failing "$unit"; done
	unreloaded | while read -r unit; do say unreloaded "$unit"; done
	nft list tables 2>&1 | while read -r line; do say table "${line#table }"; done
}

# verdict makes one line of what a program says of a text it was given.
verdict() { head -n 5 | tr '\n' ';'; }

probe() { # SSH_CONNECTION
	status
	printf '%s\n' "${1-}" | {
		read -r client _ server _
		say client "$client"
		say server "$server"
		say by "$(ip -oneline route get "$client" from "$server" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')"
	}
	say hostname "$(uname -n)"
	say machine_id "$(cat /etc/machine-id 2>/dev/null)"
	say booted "$(readlink -f /run/booted-system)"
	say free "$(df -k --output=avail /nix/store | tail -n 1 | tr -d ' ')"
	say boot_free "$(df -k --output=avail /boot 2>/dev/null | tail -n 1 | tr -d ' ')"
	say systemd "$(test -d /run/systemd/system && echo yes)"
	for i in /sys/class/net/*; do say interface "${i##*/}"; done
	for unit in nixos-upgrade.service nixos-rebuild-switch-to-configuration.service; do
		! systemctl is-active --quiet "$unit" || say running "$unit"
	done
	other=$(readlink "$base/lock") && ! finished "$other" && say busy "$other"
	for f in $identities; do [ -s "$f" ] || say missing "$f"; done
	for group in $(id -Gn "$user" 2>/dev/null); do say group "$group"; done
	[ -z "$ruleset" ] || say rules "$(printf '%s\n' "$ruleset" | nft -c -f /dev/stdin 2>&1 | verdict)"
	if [ -n "$config" ]; then
		mkdir -p "$base" && chmod 700 "$base" && printf '%s\n' "$config" >"$base/canary-$run"
		say sshd "$("$(command -v sshd)" -t -f "$base/canary-$run" 2>&1 | verdict)"
	fi
	say probed yes
}

"$@"
