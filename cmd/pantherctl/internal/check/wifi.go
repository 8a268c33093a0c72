package check

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// addressOfOneBoot is H8. Names of wireless interfaces begin with wl:
// systemd.net-naming-scheme(7), and the kernel's own wlan0.
func addressOfOneBoot(s *subject) {
	w := s.Wifi
	if w.MAC.V != "once" || len(s.Addresses.LAN.Items) == 0 {
		return
	}
	for _, name := range s.InterfacesOf(schema.LAN) {
		if strings.HasPrefix(name, "wl") {
			s.report(w.MAC.From, s.Path("wifi.mac"), fmt.Sprintf("the host's address %s is a lease for one hardware address, and %s has another one every time iwd starts", s.Addresses.LAN.Items[0].V, name),
				"set wifi.mac: network, and give the lease to the address that the network sees")
		}
	}
}
