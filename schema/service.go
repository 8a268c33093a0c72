package schema

// knownServices are the services that need no declaration, with the ports
// registered for them (IANA) or their program's default.
var knownServices = []struct {
	name  string
	ports []Ports
}{
	{"dns", []Ports{{"udp", 53, 53}, {"tcp", 53, 53}}}, // long answers come over TCP (RFC 7766)
	{"http", []Ports{{"tcp", 80, 80}}},
	{"https", []Ports{{"tcp", 443, 443}}},
	{"quic", []Ports{{"udp", 443, 443}}},
	{"ntp", []Ports{{"udp", 123, 123}}},
	{"smtp", []Ports{{"tcp", 25, 25}}},
	{"submission", []Ports{{"tcp", 587, 587}}},
	{"submissions", []Ports{{"tcp", 465, 465}}},
	{"imaps", []Ports{{"tcp", 993, 993}}},
	{"git", []Ports{{"tcp", 9418, 9418}}},
	{"postgresql", []Ports{{"tcp", 5432, 5432}}},
	{"syncthing", []Ports{{"tcp", 22000, 22000}, {"udp", 22000, 22000}}},
	{"mdns", []Ports{{"udp", 5353, 5353}}},
	{"mosh", []Ports{{"udp", 60000, 61000}}},
	{"cloudflare-tunnel", []Ports{{"tcp", 7844, 7844}, {"udp", 7844, 7844}}},
	{"adguard-web", []Ports{{"tcp", 3000, 3000}}},
	{"vaultwarden", []Ports{{"tcp", 8222, 8222}}},
	{"dns-over-tls", []Ports{{"tcp", 853, 853}, {"udp", 853, 853}}},            // UDP for QUIC (RFC 9250)
	{"derp", []Ports{{"tcp", 80, 80}, {"tcp", 443, 443}, {"udp", 3478, 3478}}}, // tailscale.com/kb/1118; 80 for its certificate
	{"node-exporter", []Ports{{"tcp", 9100, 9100}}},
}

// KnownServices names the services that need no declaration. The ports of ssh
// are each host's own.
func KnownServices() []string {
	names := []string{"ssh"}
	for _, s := range knownServices {
		names = append(names, s.name)
	}
	return names
}

// ServicePorts returns the ports of a service other than ssh, the document's
// own declaration first.
func (f *Fleet) ServicePorts(name string) []Ports {
	if list, ok := f.Services.Get(name); ok {
		return list.Values()
	}
	for _, s := range knownServices {
		if s.name == name {
			return s.ports
		}
	}
	return nil
}
