package gen

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/nixmodules"
	"github.com/pantherctl/pantherctl/schema"
)

// Modules returns what the modules of hosts set, as one Nix expression for
// nixmodules/definitions.nix to read: a set of hosts, each a set of modules by
// concern. They import nothing and stand for themselves, without a file beside
// them; like hosts share theirs. The text depends on the policy alone, and holds
// the concerns in mode report too.
//
// A host's file of a concern is hosts/HOST/CONCERN.nix, and that of fleet-ssh
// modules/fleet-ssh.nix.
func Modules(fleet *policy.Fleet, hosts []*policy.Host) ([]byte, error) {
	m := moduleSet{names: map[[sha256.Size]byte]string{}}
	var sets bytes.Buffer
	for _, h := range hosts {
		fmt.Fprintf(&sets, "%s = {\n", nix.AttrPath{h.Name})
		for _, c := range concerns() {
			if c.mode(h) == schema.Own {
				continue
			}
			f := c.module(h)
			if f == nil {
				continue
			}
			if err := m.bind(&sets, c.name, f); err != nil {
				return nil, fmt.Errorf("hosts/%s/%s.nix: %w", h.Name, c.name, err)
			}
			if c.name == "sshclient" {
				if err := m.bind(&sets, "fleet-ssh", fleetSSHModule(fleet)); err != nil {
					return nil, fmt.Errorf("%s: %w", fleetSSH, err)
				}
			}
		}
		sets.WriteString("};\n")
	}
	if len(m.names) == 0 {
		return slices.Concat([]byte("{\n"), sets.Bytes(), []byte("}\n")), nil
	}
	return slices.Concat([]byte("let\n"), m.lets.Bytes(), []byte("in\n{\n"), sets.Bytes(), []byte("}\n")), nil
}

// Trees returns the modules that are generated for a host, before they become
// text. They are to be read only.
func Trees(h *policy.Host) []*nix.File {
	var trees []*nix.File
	for _, c := range concerns() {
		if c.mode(h) != schema.Generate {
			continue
		}
		if f := c.module(h); f != nil {
			trees = append(trees, f)
		}
	}
	return trees
}

// Wanted returns a digest of what the modules of a host set and of how that is
// looked up on the evaluated host: facts with another one were saved for another
// document, or by another pantherctl.
func Wanted(fleet *policy.Fleet, h *policy.Host) (string, error) {
	modules, err := Modules(fleet, []*policy.Host{h})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(slices.Concat(modules, nixmodules.Definitions)))[:32], nil
}

// moduleSet is a set of modules, each written once.
type moduleSet struct {
	lets  bytes.Buffer
	names map[[sha256.Size]byte]string
}

// bind writes concern = NAME; with the name of the module. Modules that set
// nothing but imports are left out.
func (m *moduleSet) bind(w *bytes.Buffer, concern string, f *nix.File) error {
	bare := f.Bare()
	if set, ok := bare.Body.(nix.AttrSet); ok {
		set = slices.DeleteFunc(set, func(b nix.Binding) bool { return b.Path.String() == "imports" })
		if len(set) == 0 {
			return nil
		}
		bare.Body = set
	}
	hash := bare.Hash()
	name, known := m.names[hash]
	if !known {
		text, err := bare.Bytes()
		if err != nil {
			return err
		}
		name = fmt.Sprintf("m%d", len(m.names))
		m.names[hash] = name
		fmt.Fprintf(&m.lets, "%s =\n%s;\n", name, bytes.TrimSuffix(text, []byte("\n")))
	}
	fmt.Fprintf(w, "%s = %s;\n", nix.AttrPath{concern}, name)
	return nil
}
