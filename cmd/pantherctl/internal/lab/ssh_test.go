package lab

import (
	"path/filepath"
	"testing"
)

func TestLogins(t *testing.T) {
	for _, dir := range fleets() {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			fleet, evaluated := example(t, dir)
			plan, err := NewSSHPlan(fleet, evaluated)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Run(t.Context(), plan.Work())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range plan.Judge(r.SSHDs) {
				t.Errorf("%+v", f)
			}
			in, out := 0, 0
			for _, d := range r.SSHDs {
				for _, l := range d.Logins {
					if l.Accepted >= 0 {
						in++
					} else {
						out++
					}
				}
				t.Logf("%s: %s; fail2ban: %s", d.Host, d.Offer.Banner, d.Bans)
			}
			if in < 2 || out < 4 {
				t.Errorf("%d got in and %d did not", in, out)
			}
			t.Logf("%d got in, %d did not, in %s", in, out, r.Probing)
		})
	}
}
