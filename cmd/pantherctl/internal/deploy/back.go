package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// patience is how much longer than its timer a host is waited for: switching
// back takes a while, and so does booting.
const patience = 4

// back has the host return to what it ran, and waits until it has. It goes on
// for a while after ctx has ended: a host that is on its way back is to be
// seen arriving.
func (r *deployment) back(ctx context.Context, why error) {
	r.begin(Back)
	r.fail(ctx, why)
	r.result.Outcome = RollingBack
	wait := r.Timing.Window * patience
	if ctx.Err() != nil {
		wait = r.Timing.Window + r.Timing.Connect
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	command := "now"
	if inhibited(why) {
		command = "release"
	}
	for {
		a, err := r.link.root(late, command, r.way())
		if err != nil && command == "release" && !lost(err) {
			command = "now" // something was switched after all
			continue
		}
		if r.arrived(a, err) {
			return
		}
		command = "settle"
		if err != nil {
			command = "now"
		}
		select {
		case <-late.Done():
			r.result.Reason += fmt.Sprintf("; it did not answer for %s", wait)
			r.result.Hint = "its timer takes it back to " + r.result.Old + "; look at its console if it stays away"
			return
		case <-time.After(r.Timing.Pause): // neither logins nor connections may be many
		}
	}
}

// arrived reports whether the host says it has come to rest, and where.
func (r *deployment) arrived(a answer, err error) bool {
	if err != nil {
		return false
	}
	switch state := a.one("state"); {
	case state == "confirmed":
		// The confirmation arrived, and what was lost is the answer.
		r.result.Outcome, r.result.Reason, r.result.Hint = Confirmed, "", ""
	case state == "rolled-back":
		r.result.Outcome = RolledBack
	case state == "stuck":
		r.result.Outcome = Stuck
		r.result.Hint = "its old system is " + r.result.Old + "; /run/pantherctl there has the log"
	case state == "released":
		r.result.Outcome = Untouched
	case state == "unknown" && (r.result.Old == "" || a.one("current") == r.result.Old) && a.one("current") != "":
		// The run is forgotten: it was never armed, or the host has booted since.
		r.result.Outcome = Untouched
		if r.result.Old != "" {
			r.result.Outcome = RolledBack
			r.result.Reason += "; it has booted since"
		}
	case state == "unknown" && a.one("current") == r.result.New && a.one("default") == r.result.New:
		r.result.Outcome, r.result.Reason, r.result.Hint = Confirmed, "", ""
		r.result.Notes = append(r.result.Notes, "it has booted since, into the new system")
	default:
		return false
	}
	return true
}

// way is the way back, for a host that has forgotten it.
func (r *deployment) way() vars {
	return vars{
		"was": r.result.Old, "new": r.result.New, "nonce": r.nonce, "script": supervisor,
		"watch": strings.TrimSuffix(seconds(r.Timing.Watch), "s"),
	}
}

// inhibited reports whether the host refused to switch before anything was.
func inhibited(err error) bool {
	var failed *ActivationError
	return errors.As(err, &failed) && failed.Inhibited
}
