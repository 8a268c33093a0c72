package gen

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// confirmModule is where the module that upgrade.nix imports stands.
const confirmModule = "modules/upgrade-confirm.nix"

// upgrade is the module of how a host gets a newer system, and gets rid of old
// ones.
func upgrade(h *policy.Host) *nix.File {
	u := h.Upgrade
	if !u.Enable.V && !u.NH.V {
		return nil
	}
	body := nix.AttrSet{}
	if h.Confirms() {
		bind(&body, nix.Path("imports"), nix.Elements(nix.PathLit("../../"+confirmModule)), "after an upgrade the selfcheck decides whether it stays")
	}
	if u.Enable.V {
		bind(&body, nix.Path("system.autoUpgrade"), autoUpgrade(h))
	}
	if u.NH.V {
		bind(&body, nix.Path("programs.nh"), nh(h))
	}
	// nh cleans up for its hosts; both at once NixOS warns of.
	if h.Cleans() && !u.NH.V {
		bind(&body, nix.Path("nix.gc"), nix.AttrSet{
			nix.Bind("automatic", nix.Bool(true), why(u.Clean.From)),
			nix.Bind("dates", nix.String("weekly")),
			nix.Bind("options", nix.String(fmt.Sprintf("--delete-older-than %dd", u.KeepDays.V)), why(u.KeepDays.From)),
		})
	}
	return &nix.File{Body: body}
}

func autoUpgrade(h *policy.Host) nix.AttrSet {
	u := h.Upgrade
	set := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("flake", nix.String(u.Flake.V), "whoever may write there is root here; its lock file says how new the packages are"),
		nix.Bind("dates", nix.String(u.At.V), why(u.At.From)),
		nix.Bind("randomizedDelaySec", nix.String(u.Spread.V.String()), why(u.Spread.From)),
		nix.Bind("allowReboot", nix.Bool(u.Reboot.V), why(u.Reboot.From)),
	}
	if u.Reboot.V {
		lower, upper := u.Window.V.Bounds()
		set = append(set, nix.Bind("rebootWindow", nix.AttrSet{
			nix.Bind("lower", nix.String(lower)),
			nix.Bind("upper", nix.String(upper)),
		}, why(u.Window.From)))
	}
	return set
}

func nh(h *policy.Host) nix.AttrSet {
	u := h.Upgrade
	set := nix.AttrSet{nix.Bind("enable", nix.Bool(true))}
	if u.Checkout.IsSet() {
		set = append(set, nix.Bind("flake", nix.String(u.Checkout.V)))
	}
	if !h.Cleans() {
		return set
	}
	bind(&set, nix.Path("clean"), nix.AttrSet{
		nix.Bind("enable", nix.Bool(true), why(u.Clean.From)),
		nix.Bind("dates", nix.String("weekly")),
		nix.Bind("extraArgs", nix.String(fmt.Sprintf("--keep 3 --keep-since %dd", u.KeepDays.V)), why(u.KeepDays.From)),
	})
	return set
}
