package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/schema"
)

// perInterface returns the interface of net.ipv4.conf.IFACE.NAME or its IPv6
// sibling. As in sysctl.d, the first separator of a key is the one that counts.
func perInterface(key, name string) (iface string, ok bool) {
	i := strings.IndexAny(key, "./")
	if i < 0 {
		return "", false
	}
	parts := strings.Split(key, key[i:i+1])
	if len(parts) != 5 || parts[0] != "net" || parts[2] != "conf" || parts[4] != name {
		return "", false
	}
	return parts[3], true
}

// forwardingOff is K004.
func forwardingOff(s *subject) {
	role, from := "tailscale.routes", s.Tailscale.Routes.From
	switch {
	case s.Forwards() && s.Tailscale.ExitNode.V:
		role, from = "tailscale.exit_node", s.Tailscale.ExitNode.From
	case s.Network.ContainerNAT.V:
		role, from = "network.container_nat", s.Network.ContainerNAT.From
	case !s.Forwards():
		return
	}
	for _, e := range s.Kernel.Sysctl.Entries {
		_, conf := perInterface(e.Key, "forwarding")
		if (conf || e.Key == "net.ipv4.ip_forward" || e.Key == "net/ipv4/ip_forward") && e.Value.V.Text == "0" {
			s.report(e.From, s.entry("kernel.sysctl", e.Key), fmt.Sprintf("the host carries traffic of others (%s, %s), and this turns forwarding off: it stops without a warning", role, from.Pos),
				"remove it: the role of the host decides")
		}
	}
}

// strictReversePath is K005. Without the glob a sysctl of 1 has no effect,
// since systemd sets 2 for each interface.
func strictReversePath(s *subject) {
	if !s.Tailscale.UseExitNode.IsSet() {
		return
	}
	const message = "answers come back by the exit node, and a strict filter drops them: the host has no internet"
	if r := s.Firewall.ReversePath; firewall(s.Host) && r.V == "strict" {
		s.report(r.From, s.Path("firewall.reverse_path"), message, "remove it: auto is loose for clients of an exit node")
	}
	if !kernelSettings(s.Host) {
		return
	}
	for _, e := range s.Kernel.Sysctl.Entries {
		if iface, ok := perInterface(e.Key, "rp_filter"); ok && iface == "*" && e.Value.V.Text == "1" {
			s.report(e.From, s.entry("kernel.sysctl", e.Key), message, "remove it")
		}
	}
}

// exitNodeWithoutIPv6 is K006.
func exitNodeWithoutIPv6(s *subject) {
	if !s.Tailscale.ExitNode.V {
		return
	}
	message := fmt.Sprintf("the exit node (%s) has no IPv6: its clients lose it, or send it past the tunnel", s.Tailscale.ExitNode.From.Pos)
	if off := s.Network.IPv6; !off.V {
		s.report(off.From, s.Path("network.ipv6"), message, "remove it, or tailscale.exit_node")
	}
	if !kernelSettings(s.Host) {
		return
	}
	for _, e := range s.Kernel.Sysctl.Entries {
		if _, ok := perInterface(e.Key, "disable_ipv6"); ok && e.Value.V.Text == "1" {
			s.report(e.From, s.entry("kernel.sysctl", e.Key), message, "remove it")
		}
	}
	for _, p := range s.params() {
		if (p.name == "ipv6.disable" || p.name == "ipv6.disable_ipv6") && p.value == "1" {
			s.report(p.from, p.path, message, "remove it")
		}
	}
}

// noUserNamespaces is K008.
func noUserNamespaces(s *subject) {
	if u := s.Kernel.UserNamespaces; !u.V {
		s.report(u.From, s.Path("kernel.user_namespaces"),
			"the Nix sandbox needs user namespaces: NixOS refuses to evaluate while nix.settings.sandbox is on, as it is by default",
			"remove it, or waive this if a module of yours turns the sandbox off")
	}
}

// hibernationRefused is K010. A kernel that is locked down refuses it too
// (kernel_lockdown(7)).
func hibernationRefused(s *subject) {
	k := s.Kernel
	if !k.Hibernation.V {
		return
	}
	report := func(what, hint string) {
		s.report(k.Hibernation.From, s.Path("kernel.hibernation"), "the host is to hibernate, and "+what+" forbids it: it never will",
			hint+", or set kernel.hibernation: false")
	}
	if k.ProtectImage.V {
		report("protect_image", "set kernel.protect_image: false")
	}
	for _, p := range s.Params {
		if p.Name == "nohibernate" || p.Name == "lockdown" && p.Value != "none" {
			report(strings.TrimSuffix(p.Name+"="+p.Value, "="), "remove "+p.Name)
		}
	}
}

// noIA32 is K014.
func noIA32(s *subject) {
	if !s.Kernel.IA32.V {
		return
	}
	for _, p := range s.params() {
		if p.name == "ia32_emulation" && slices.Contains([]string{"0", "off", "n", "no", "false"}, strings.ToLower(p.value)) {
			s.report(p.from, p.path, "the host is to run 32-bit programs, and this ends each of them with an exec format error",
				"remove it, or set kernel.ia32: false")
		}
	}
}

// neededModuleBlocked is K015. What levels block is known to be safe: judged is
// what the document adds.
func neededModuleBlocked(s *subject) {
	for i, m := range s.Kernel.Block.Items {
		why, needed := kernel.NeverBlock(string(m.V))
		if feature := s.featureOf(string(m.V)); feature != "" {
			why, needed = "the host uses "+feature, true
		}
		if needed {
			s.report(m.From, s.Path(fmt.Sprintf("kernel.block[%d]", i)), fmt.Sprintf("%s is needed: %s", m.V, why), "remove it")
		}
	}
}

// featureOf returns the feature of the host for which its level leaves a
// module alone, or "".
func (s *subject) featureOf(module string) string {
	listed := func(name string) string { return strings.ReplaceAll(name, "-", "_") } // as the kernel lists it
	for _, freed := range s.Freed {
		for _, f := range kernel.Families(kernel.HighSecurity) {
			named := func(m kernel.Module) bool { return listed(m.Name) == listed(module) }
			if f.Name == freed.Family && slices.ContainsFunc(f.Modules, named) {
				return freed.Feature
			}
		}
	}
	return ""
}

// noConsoleForEFI is K019.
func noConsoleForEFI(s *subject) {
	const value = "disable_early_pci_dma"
	for _, p := range s.Params {
		if p.Name != "efi" || !slices.Contains(strings.Split(p.Value, ","), value) || s.hasConsole() || s.Level.V == "workstation" {
			continue
		}
		at, path := s.Kernel.Hardening.From, s.Path("kernel.hardening")
		for _, own := range s.params() {
			if own.name == "efi" {
				at, path = own.from, own.path
			}
		}
		s.report(at, path, "efi="+value+" keeps some machines from booting, and nobody can remove it without a console",
			"name the console in break_glass, or set kernel.hardening: server")
	}
}

// smtKept is K021.
func smtKept(s *subject) {
	if smt := s.Kernel.SMT; smt.V == "keep" {
		s.report(smt.From, s.Path("kernel.smt"), "hyper-threads stay on even where a CPU bug lets them read each other's data",
			"set kernel.smt: auto, or write the decision down as a waiver")
	}
}

// panicForGood is K022. Whoever sits at a workstation can reset it.
func panicForGood(s *subject) {
	if s.Level.V == "workstation" {
		return
	}
	var causes []string
	at, path, rebootAfter := s.Kernel.Hardening.From, s.Path("kernel.hardening"), "0"
	for _, p := range s.Params {
		switch {
		case p.Name == "oops" && p.Value == "panic":
			causes = append(causes, "oops=panic")
		case p.Name == "panic":
			rebootAfter = p.Value
		}
	}
	for _, c := range s.Sysctls {
		switch c.Key {
		case "kernel.oops_limit", "kernel.warn_limit", "kernel.panic_on_oops", "kernel.panic_on_warn":
			if c.Text.Text != "0" {
				causes = append(causes, c.Key)
			}
		case "kernel.panic":
			rebootAfter = c.Text.Text
		}
	}
	if len(causes) == 0 || rebootAfter != "0" {
		return
	}
	for _, e := range s.Kernel.Sysctl.Entries {
		if e.Key == "kernel.panic" {
			at, path = e.From, s.entry("kernel.sysctl", e.Key)
		}
	}
	s.report(at, path, fmt.Sprintf("%s ends in a panic, and kernel.panic is 0: the host stays down until somebody resets it", strings.Join(causes, " or ")),
		"set kernel.sysctl: { kernel.panic: 60 }")
}

// mmapRange holds the bits that arch/*/Kconfig allows by Nix system, for
// 4 KiB pages: ARCH_MMAP_RND_BITS_{MIN,MAX} and the same for compat.
var mmapRange = map[string]map[schema.System][2]int{
	"vm.mmap_rnd_bits":        {"x86_64-linux": {28, 32}, "aarch64-linux": {18, 33}},
	"vm.mmap_rnd_compat_bits": {"x86_64-linux": {8, 16}, "aarch64-linux": {11, 16}},
}

// mmapBits is K024.
func mmapBits(s *subject) {
	for _, e := range s.Kernel.Sysctl.Entries {
		bounds, ok := mmapRange[e.Key][s.System]
		n, err := strconv.Atoi(e.Value.V.Text)
		if !ok || err == nil && bounds[0] <= n && n <= bounds[1] {
			continue
		}
		s.report(e.From, s.entry("kernel.sysctl", e.Key),
			fmt.Sprintf("%s refuses %s: sysctl fails, and with it the switch", s.System, e.Value.V.Text),
			fmt.Sprintf("remove it, or write a number from %d to %d", bounds[0], bounds[1]))
	}
}
