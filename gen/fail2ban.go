package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// fail2ban is the module of bans. NixOS itself makes the jail of sshd, on all
// its ports, and picks the actions of nftables.
func fail2ban(h *policy.Host) *nix.File {
	if !h.Bans() {
		return nil
	}
	b := h.Fail2ban
	service := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true), banReason(h)),
		nix.Bind("maxretry", nix.Int(b.MaxRetry.V), why(b.MaxRetry.From)),
		nix.Bind("jails.DEFAULT.settings.findtime", nix.String(b.FindTime.V.String()), why(b.FindTime.From)),
		nix.Bind("bantime", nix.String(b.BanTime.V.String()), why(b.BanTime.From)),
	}
	increment := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("maxtime", nix.String(b.MaxBanTime.V.String()), why(b.MaxBanTime.From)),
	}
	bind(&service, nix.Path("bantime-increment"), increment, "each ban of an address is twice as long as the last")
	if networks := h.NeverBanned(); len(networks) > 0 {
		bind(&service, nix.Path("ignoreIP"), nix.Strings(networks...), "whoever mistypes here is no stranger")
	}
	return &nix.File{Body: nix.AttrSet{nix.Bind("services.fail2ban", service)}}
}

func banReason(h *policy.Host) string {
	if h.SSHBeyondTailnet() {
		return "not only the tailnet reaches sshd"
	}
	return "only the tailnet reaches sshd, and is never banned: this guards the day that changes"
}
