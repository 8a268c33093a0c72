package gen

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

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
	wants := NewWants(fleet)
	var sets bytes.Buffer
	for _, h := range hosts {
		fmt.Fprintf(&sets, "%s = {\n", nix.AttrPath{h.Name})
		for _, w := range wants.of(h) {
			if err := m.bind(&sets, w); err != nil {
				return nil, fmt.Errorf("hosts/%s/%s.nix: %w", h.Name, w.concern, err)
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

// Wants tell what the modules of a fleet's hosts set. They are for one
// goroutine.
type Wants struct {
	fleet    *policy.Fleet
	fleetSSH func() *want
}

// NewWants returns those of a fleet.
func NewWants(fleet *policy.Fleet) *Wants {
	return &Wants{fleet, sync.OnceValue(func() *want { return newWant("fleet-ssh", fleetSSHModule(fleet)) })}
}

// Digests returns, by concern, a digest of what the module of a host sets and of
// how that is looked up on the evaluated host: facts with another one were saved
// for another document, or by another pantherctl.
func (ws *Wants) Digests(h *policy.Host) map[string]string {
	digests := map[string]string{}
	for _, w := range ws.of(h) {
		digests[w.concern] = fmt.Sprintf("%x", sha256.Sum256(slices.Concat(w.hash[:], nixmodules.Definitions)))[:32]
	}
	return digests
}

// want is what the module of a concern sets: the module without comments, and
// its hash.
type want struct {
	concern string
	module  *nix.File
	hash    [sha256.Size]byte
}

// of returns what modules set for a host, in the order of concerns.
func (ws *Wants) of(h *policy.Host) []*want {
	var all []*want
	add := func(w *want) {
		if w != nil {
			all = append(all, w)
		}
	}
	for _, c := range concerns() {
		if c.mode(h) == schema.Own {
			continue
		}
		f := c.module(h)
		add(newWant(c.name, f))
		if c.name == "sshclient" && f != nil {
			add(ws.fleetSSH())
		}
	}
	return all
}

// newWant returns nil for no module, and for one that sets nothing but imports.
func newWant(concern string, f *nix.File) *want {
	if f == nil {
		return nil
	}
	bare := f.Bare()
	if set, ok := bare.Body.(nix.AttrSet); ok {
		set = slices.DeleteFunc(set, func(b nix.Binding) bool { return b.Path.String() == "imports" })
		if len(set) == 0 {
			return nil
		}
		bare.Body = set
	}
	return &want{concern, bare, bare.Hash()}
}

// moduleSet is a set of modules, each written once.
type moduleSet struct {
	lets  bytes.Buffer
	names map[[sha256.Size]byte]string
}

// bind writes concern = NAME; with the name of the module.
func (m *moduleSet) bind(to *bytes.Buffer, w *want) error {
	name, known := m.names[w.hash]
	if !known {
		text, err := w.module.Bytes()
		if err != nil {
			return err
		}
		name = fmt.Sprintf("m%d", len(m.names))
		m.names[w.hash] = name
		fmt.Fprintf(&m.lets, "%s =\n%s;\n", name, bytes.TrimSuffix(text, []byte("\n")))
	}
	fmt.Fprintf(to, "%s = %s;\n", nix.AttrPath{w.concern}, name)
	return nil
}
