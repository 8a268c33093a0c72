package policy

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// upgrade checks that a host that upgrades itself knows what to.
func (r *resolver) upgrade(h *Host) {
	u := &h.Upgrade
	if u.Enable.V && !u.Flake.IsSet() {
		r.report(u.Enable.From, h.Path("upgrade.flake"), "without a flake the host would upgrade to what its channel and /etc/nixos say, which is not this fleet",
			"name the flake that holds the host, such as github:example/infra")
	}
	if u.Confirm.V {
		r.confirm(h)
	}
	if strings.HasSuffix(string(u.Checkout.V), ".nix") {
		r.report(u.Checkout.From, h.Path("upgrade.checkout"), "nh takes the folder that holds flake.nix, and no file", "name the folder")
	}
	if u.Checkout.IsSet() && !u.NH.V {
		r.report(u.Checkout.From, h.Path("upgrade.checkout"), "only nh reads this, and the host has none", "set upgrade.nh: true")
	}
}

// confirm reports upgrades that have nothing to be confirmed by, or are none.
func (r *resolver) confirm(h *Host) {
	u := &h.Upgrade
	switch {
	case !u.Enable.V:
		r.report(u.Confirm.From, h.Path("upgrade.confirm"), "the host does not upgrade itself, so there is nothing to confirm", "remove it, or set upgrade.enable: true")
	case h.Selfcheck.Mode.V != schema.Generate || !h.Selfcheck.Enable.V:
		r.report(u.Confirm.From, h.Path("upgrade.confirm"), "the selfcheck is what confirms an upgrade, and the host has none", "set selfcheck.enable: true, or upgrade.confirm: false")
	}
}

// Confirms reports whether an upgrade confirms itself or is undone.
func (h *Host) Confirms() bool {
	return h.Upgrade.Mode.V == schema.Generate && h.Upgrade.Enable.V && h.Upgrade.Confirm.V
}

// ConfirmState is where the system before an upgrade is recorded.
const ConfirmState = "/var/lib/pantherctl-upgrade"

// Cleans reports whether old generations are removed, which no host needs that
// gets no new ones.
func (h *Host) Cleans() bool { return h.Upgrade.Clean.V && (h.Upgrade.Enable.V || h.Upgrade.NH.V) }

// fetchesBySSH reports whether the flake comes by SSH.
func (h *Host) fetchesBySSH() bool {
	return h.Upgrade.Enable.V && strings.HasPrefix(string(h.Upgrade.Flake.V), "git+ssh:")
}

// upgradeState is what upgrades keep on the host.
func (h *Host) upgradeState() []Kept {
	var kept []Kept
	if h.fetchesBySSH() {
		kept = append(kept, Kept{Path: "/root/.ssh", Mode: "0700", Why: "the key and the host key by which the flake is fetched"})
	}
	if h.Confirms() {
		kept = append(kept, Kept{Path: ConfirmState, Mode: "0700", Why: "the system to return to when an upgrade fails its check"})
	}
	return kept
}

// Outgoing is a service that a setting of the host uses elsewhere.
type Outgoing struct {
	Service string
	Setting string        // its path below the host
	From    schema.Origin // of the setting
	Ports   []schema.Ports
}

// Outgoing returns the services that the host's own upkeep and services use elsewhere. Its
// firewall lets all through that goes into the tailnet or to a container.
func (f *Fleet) Outgoing(h *Host) []Outgoing {
	var list []Outgoing
	use := func(service, setting string, from schema.Origin) {
		list = append(list, Outgoing{service, setting, from, outgoingPorts(f.Fleet, service)})
	}
	b, u := h.Backup, h.Upgrade
	if b.Enable.V && b.Service.IsSet() && b.Service.V != schema.Disk && b.Over.V != schema.Tailnet && b.Over.V != schema.Container {
		use(string(b.Service.V), "backup.service", b.Service.From)
	}
	if u.Enable.V {
		use("https", "upgrade.enable", u.Enable.From) // packages come from a binary cache
	}
	if h.fetchesBySSH() {
		use("ssh", "upgrade.flake", u.Flake.From)
	}
	if a := &h.AdGuard; a.Enable.V {
		for i, u := range a.Upstreams.Items {
			from := u.From
			if from.Default() {
				from = a.Enable.From
			}
			use(resolverService(u.V), fmt.Sprintf("adguard.upstreams[%d]", i), from)
		}
	}
	if c := &h.Cloudflared; c.Enable.V {
		use("cloudflare-tunnel", "cloudflared.enable", c.Enable.From)
	}
	return list
}
