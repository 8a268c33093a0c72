package facts

// A System is what a host is built as: what nixmodules/system.nix tells of an
// evaluated one, and the folder of a built one holds.
type System struct {
	Toplevel   string // its store path
	Derivation string // that builds it
	Kernel     string // store paths, of which a change needs a reboot
	Initrd     string
	Inhibitors map[string]string // that forbid a live switch where they change, since NixOS 26.05
	Units      map[string]string // texts of systemd's units, by file name
}

// Spelling writes the name of a field as nixmodules/facts does: SSHD is sshd.
func Spelling(field string) string { return spelling(field) }
