package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// wifi is the module of wireless networking.
func wifi(h *policy.Host) *nix.File {
	w := h.Wifi
	if !w.Enable.V {
		return nil
	}
	general := nix.AttrSet{
		nix.Bind("AddressRandomization", nix.String(map[schema.WifiAddress]string{"network": "network", "once": "once", "real": "disabled"}[w.MAC.V]), why(w.MAC.From)),
	}
	if w.MAC.V != "real" {
		general = append(general, nix.Bind("AddressRandomizationRange", nix.String("full"), "half of an address would name the maker of the card"))
	}
	body := nix.AttrSet{nix.Bind("networking.wireless.iwd", nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("settings.General", general),
	})}
	bind(&body, nix.Path("networking.networkmanager.wifi.backend"), nix.String("iwd"), "NetworkManager, where it runs, would start a second daemon")
	if h.Kernel.LockModules.V {
		bind(&body, nix.Path("boot.kernelModules"), nix.Strings("ccm", "cmac", "ctr", "gcm"),
			"the kernel asks for them with a network's first key, which may come after modules are locked")
	}
	return &nix.File{Body: body}
}
