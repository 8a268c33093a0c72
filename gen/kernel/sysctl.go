package kernel

// Sysctl is a kernel setting a level writes at boot. No level sets a key with
// several values, so Value is a number.
type Sysctl struct {
	Key    string `json:"key"` // may hold a "*", as in net.ipv6.conf.*.accept_ra
	Value  int    `json:"-"`
	Why    string `json:"why"`    // one line, at most 90 characters
	Source string `json:"source"` // who recommends it, such as KSPP or CIS
	Breaks string `json:"breaks"` // what stops working, if anything

	SinceKernel  string `json:"since_kernel"`  // the first kernel with the key; empty means any
	UntilRelease string `json:"until_release"` // the first NixOS release that sets it itself; empty means none
	Arch         string `json:"arch"`          // the only machine the value suits; empty means any
}

// For reports whether the key is to be written for a NixOS release, such as
// 25.11, and a machine, such as x86_64. Elsewhere the value may be invalid, and
// one invalid value fails systemd-sysctl as a whole.
func (s Sysctl) For(release, arch string) bool {
	return within(release, "", s.UntilRelease) && (s.Arch == "" || s.Arch == arch)
}

type sysctlRow struct {
	Sysctl
	At []*int `json:"at"`
}

// Sysctls returns the settings of a level, none for an unknown one. Forwarding
// is never among them: it belongs to the services that route.
func Sysctls(l Level) []Sysctl {
	t := sysctlTable()
	i, ok := t.column(l)
	if !ok {
		return nil
	}
	var settings []Sysctl
	for _, row := range t.Rows {
		if v := row.At[i]; v != nil {
			s := row.Sysctl
			s.Value = *v
			settings = append(settings, s)
		}
	}
	return settings
}
