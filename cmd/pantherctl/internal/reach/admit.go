package reach

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/pantherctl/pantherctl/schema"
)

// Arrival is a connection as it comes to a host.
type Arrival struct {
	By       string // the interface, by which answers leave as well
	From, To netip.Addr
	Port     schema.Port // of TCP
}

// Admit returns nil if the rules are sure to let a connection in, to the host
// itself, and otherwise why they are not. What is unknown of the connection, or
// a rule that it meets and that is not judged, is a reason.
func (r *Ruleset) Admit(a Arrival) error {
	if a.By == "" || !a.From.IsValid() || !a.To.IsValid() {
		return errors.New("nobody knows whence it comes")
	}
	p := packet{
		in: a.By, src: a.From.WithZone(""), dst: a.To.WithZone(""), protocol: "tcp",
		only: setOf(one("tcp", a.Port)), routed: true,
	}
	for _, t := range r.tables {
		for _, name := range t.order {
			if t.chains[name].hook == "ingress" {
				return fmt.Errorf("the chain %s, at ingress, is not judged", name)
			}
		}
	}
	own, handed, unknown := r.translate(p)
	if len(handed) > 0 {
		return fmt.Errorf("it is handed on: %s", handed[0].what)
	}
	refused := len(own) == 0
	for _, p.hook = range []string{"prerouting", "input"} {
		t := r.pass(p)
		unknown, refused, p.marked = append(unknown, t.unknown...), refused || len(t.doors) == 0, t.marked
	}
	switch {
	case refused:
		return fmt.Errorf("no rule is known to let in what comes by %s from %s", a.By, a.From)
	case len(unknown) > 0:
		return fmt.Errorf("a rule is not judged: %s", unknown[0])
	}
	return nil
}
