package lab

import (
	"path/filepath"
	"strings"
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

// TestListensElsewhere: an sshd that runs and is not where it should be is told
// of, and nobody waits for it.
func TestListensElsewhere(t *testing.T) {
	r, err := Run(t.Context(), Work{SSHDs: []SSHD{{
		Host: "elsewhere", Config: "ListenAddress 127.0.0.1:2222\nUsePAM no\n", Port: 22, KeyTypes: []string{"ed25519"},
		Passwd: "root:*:0:0::/tmp:/bin/sh\nsshd:*:29999:65534::/tmp:/bin/false\n",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if fault := r.SSHDs[0].Fault; !strings.Contains(fault, "nothing listens on 127.0.0.1, port 22") {
		t.Errorf("fault: %q", fault)
	}
}
