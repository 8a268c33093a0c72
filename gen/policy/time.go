package policy

import "github.com/pantherctl/pantherctl/schema"

// timeState is where chrony keeps how the clock drifts and what the servers
// gave it to be known by.
const timeState = "/var/lib/chrony"

// KeepsTime reports whether chrony sets the clock, by servers that prove who
// they are.
func (h *Host) KeepsTime() bool { return h.Time.Mode.V == schema.Generate && h.Time.NTS.V }

// time checks that enough servers are asked to outvote one that is wrong.
func (r *resolver) time(h *Host) {
	if s := h.Time.Servers; h.KeepsTime() && len(s.Items) == 0 {
		r.report(s.From, h.Path("time.servers"), "no server is left to ask", "name servers that speak NTS, or set time.nts: false")
	}
}

func (h *Host) timeState() []Kept {
	if !h.KeepsTime() {
		return nil
	}
	return []Kept{{Path: timeState, Mode: "0750", Why: "how the clock drifts, and the cookies of the time servers"}}
}
