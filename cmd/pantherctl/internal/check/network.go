package check

// ipv6OffInKernel is N1.
func ipv6OffInKernel(s *subject) {
	if !s.Network.IPv6.V {
		return
	}
	const (
		message = "this turns IPv6 off in the kernel only: firewall, sshd and the tailnet still count on it"
		hint    = "write network: { ipv6: false } instead"
	)
	for _, e := range s.Kernel.Sysctl.Entries {
		iface, ok := perInterface(e.Key, "disable_ipv6")
		if ok && (iface == "all" || iface == "*") && e.Value.V.Text == "1" {
			s.report(e.From, s.entry("kernel.sysctl", e.Key), message, hint)
		}
	}
	for _, p := range s.params() {
		if (p.name == "ipv6.disable" || p.name == "ipv6.disable_ipv6") && p.value == "1" {
			s.report(p.from, p.path, message, hint)
		}
	}
}
