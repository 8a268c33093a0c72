package deploy

import (
	"runtime"
	"testing"
	"time"
)

// inGuest are the ways a deployment can go that depend most on systemd: its
// timer, its transient units and what a reboot leaves.
var inGuest = []scenario{
	{name: "good and the power is cut", want: Confirmed, after: (*bench).reboot},
	{
		name: "sshd broken and systemd replaced", change: change{"etc/ssh/sshd_config": sshdConfig + "NoSuchWord yes\n", "behaviour": "reexec"},
		shut: true, want: RolledBack, says: "no fresh login",
	},
	{name: "ruleset drops everything", change: change{"etc/ruleset.nft": "table inet nixos-fw { chain input { type filter hook input priority filter; policy drop; }; }\n"}, shut: true, want: RolledBack},
	{
		name: "ruleset refused beside a unit that failed before", change: change{"etc/ruleset.nft": "table inet nixos-fw { chain input { nonsense } }\n", "behaviour": "fail-unit=web.service"},
		before: func(b *bench) { b.fail("web.service") }, want: RolledBack, says: "not reloaded: nftables.service",
	},
	{name: "ruleset refused before and mended", before: func(b *bench) {
		b.in("cp /etc/ruleset.nft /run/good; echo nonsense >/etc/ruleset.nft; systemctl reload nftables.service; mv /run/good /etc/ruleset.nft; systemctl show --property=ReloadResult nftables.service | grep exit-code")
	}, want: Confirmed},
	{name: "unit fails", change: change{"behaviour": "fail-unit=web.service"}, want: RolledBack, says: "web.service"},
	{name: "unit fails again and again", change: change{"behaviour": "loop-unit=web.service"}, want: RolledBack, says: "web.service"},
	{name: "network cut after the switch", at: map[Step]func(*bench){Health: func(b *bench) {
		b.cut(true)
		go func() {
			b.console(untilBack)
			b.cut(false)
		}()
	}}, shut: true, want: RolledBack, says: "no fresh login"},
	{name: "rebooted before the confirmation", at: map[Step]func(*bench){Confirm: (*bench).restart}, want: RolledBack, says: "it has booted since"},
	{name: "two deployers at once", at: map[Step]func(*bench){Activate: func(b *bench) {
		other := *b.d
		other.Run, other.Step = NewRun(time.Now()), nil
		if r := other.Host(b.t.Context(), b.job); r.Outcome != Untouched {
			b.t.Errorf("the second deployment: %s: %s", r.Outcome, r.Reason)
		}
	}}, want: Confirmed},
}

// untilBack waits, at the machine's console, for its own timer.
const untilBack = `for i in $(seq 400); do grep -qs rolled-back /run/pantherctl/2*/state && exit; sleep 0.3; done; exit 1`

// left prints what a deployment should have taken away with it.
const left = `for i in $(seq 60); do
	left=$(systemctl list-units --all --plain --no-legend 'pantherctl-*' 'nixos-rebuild-*'
		systemctl list-timers --all --no-legend 'pantherctl-*'
		systemctl list-units --state=failed --plain --no-legend
		for f in /run/pantherctl/lock /nix/var/nix/gcroots/* /nix/var/nix/gcroots/auto/* /run/systemd/transient/pantherctl-*; do
			case $f in */auto) ;; *) [ ! -e "$f" ] || echo "$f" ;; esac
		done)
	[ -n "$left" ] || exit 0
	sleep 0.3
done
echo "$left"`

// TestGuest goes through the scenarios in virtual machines with Debian's own
// systemd. All begin where one that has booted was stopped.
func TestGuest(t *testing.T) {
	lab(t)
	started := time.Now()
	base := newMachineOn(t, "target", newVirtual(t))
	base.hardware.(*virtual).save(t)
	t.Logf("booted and saved in %s", time.Since(started).Round(100*time.Millisecond))
	busy := make(chan struct{}, runtime.NumCPU()+1) // some only wait
	enter := func(t *testing.T, changes ...change) *bench {
		t.Parallel()
		busy <- struct{}{}
		started := time.Now()
		t.Cleanup(func() {
			<-busy
			t.Logf("took %s", time.Since(started).Round(100*time.Millisecond))
		})
		b := newBenchOn(base.clone(t), changes...)
		b.patience, b.d.Timing.Window, b.d.Timing.Connect = 45*time.Second, 2*time.Minute, 20*time.Second
		return b
	}
	for _, s := range inGuest {
		t.Run(s.name, func(t *testing.T) {
			b := enter(t, s.change)
			b.check(s, b.run(t.Context(), s))
			if s.after != nil {
				s.after(b)
			}
			b.rests(s.want)
		})
	}
	t.Run("deployer killed after the switch", func(t *testing.T) {
		b := enter(t)
		b.kill9(Health, 0, b.patience)
		if got := b.current(); got != b.new {
			t.Errorf("it runs %s when the deployer is killed, want %s", got, b.new)
		}
		b.in(untilBack)
		b.rests(RolledBack)
	})
}

// rests wants the machine to answer, and nothing of the deployment to be left
// but its log.
func (b *bench) rests(want Outcome) {
	b.t.Helper()
	b.answers(want)
	if out := b.in(left); out != "" {
		b.t.Errorf("left behind:\n%s", out)
	}
}
