package policy

import (
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// NotifyState is where notifications wait to be sent.
const NotifyState = "/var/lib/pantherctl-notify"

// notify checks where notifications of a host go.
func (r *resolver) notify(h *Host) {
	n := &h.Notify
	if !n.Enable.V {
		return
	}
	path := h.Path("notify.target")
	if !n.Target.IsSet() {
		r.report(n.Enable.From, path, "nothing says where notifications go", "name the secret with the address and the token: target: NAME")
		return
	}
	r.secret(h, path, n.Target)
}

// NotifyUnits returns the services whose failure is told, sorted.
func (h *Host) NotifyUnits() []string {
	units := schema.Words(h.Notify.Units)
	if h.Selfcheck.Enable.V {
		units = append(units, "pantherctl-selfcheck")
	}
	if kept, served := h.Watched(); len(kept)+len(served) > 0 && h.Certificates.Mode.V == schema.Generate {
		units = append(units, CertificatesUnit)
	}
	if h.Confirms() {
		units = append(units, "pantherctl-upgrade-confirm")
	}
	if h.Drills() {
		units = append(units, "pantherctl-restore-drill")
	}
	slices.Sort(units)
	return slices.Compact(units)
}
