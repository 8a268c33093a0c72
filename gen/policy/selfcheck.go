package policy

import "time"

// selfcheck checks that the check can end before it begins again.
func (r *resolver) selfcheck(h *Host) {
	s := &h.Selfcheck
	if s.Enable.V && time.Duration(s.Every.V) < 10*time.Minute {
		r.report(s.Every.From, h.Path("selfcheck.every"), "a check takes minutes, as it reads the whole system", "write 10m or more")
	}
}
