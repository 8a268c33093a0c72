// Package incident cuts running hosts off from everybody but their operators
// and lets them back, by the units of nixmodules/lockdown.nix: what is sent to
// a host, and what its answer means.
package incident

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/live"
	"github.com/pantherctl/pantherctl/gen/policy"
)

//go:embed incident.sh
var script string

// Verb is what a host is asked to do.
type Verb string

// The verbs.
const (
	Isolate Verb = "isolate" // cut it off; it is let back unless somebody confirms
	Confirm Verb = "confirm" // over another connection: it stays cut off
	Status  Verb = "status"
	Release Verb = "release"
)

// MaxAnswer is how much a host may answer, in bytes.
const MaxAnswer = 2 << 20

// Request is what a host is sent.
type Request struct {
	Verb  Verb
	Nonce string        // see [live.Script]
	After time.Duration // until the host is let back unless somebody confirms
	Stay  bool          // cut it off even if whoever asks is no operator, and is cut off too
}

// Script returns what a shell of root on the host is to run, from standard
// input, with the value of SSH_CONNECTION as its argument.
func (r Request) Script(h *policy.Host) []byte {
	var operators []string
	for _, a := range h.Operators() {
		operators = append(operators, a.String())
	}
	stay := ""
	if r.Stay {
		stay = "1"
	}
	return live.Framed(r.Nonce, script, []live.Variable{
		{Name: "verb", Value: string(r.Verb)},
		{Name: "operators", Value: strings.Join(operators, "\n")},
		{Name: "seconds", Value: strconv.Itoa(int(r.After.Seconds()))},
		{Name: "stay", Value: stay},
	})
}

// A State is what a host says of itself.
type State struct {
	Since    time.Time // when it was cut off; zero if it is not
	Loaded   bool      // the packet filter keeps it so
	Waiting  bool      // it is let back soon, as nobody has confirmed
	Evidence string    // the folder on the host with what it looked like, "" if there is none
	Files    []string  // in that folder
}

// String says it in a few words.
func (s State) String() string {
	switch {
	case s.Since.IsZero() && !s.Loaded:
		return "not isolated"
	case s.Since.IsZero():
		return "HALF ISOLATED: the packet filter cuts it off, and the next boot will not"
	case !s.Loaded:
		return "NOT ISOLATED, though it should be: the packet filter does not cut it off"
	case s.Waiting:
		return "isolated since " + s.Since.UTC().Format(time.DateTime) + " UTC, and let back soon: nobody has confirmed it"
	}
	return "isolated since " + s.Since.UTC().Format(time.DateTime) + " UTC"
}

// A Refusal says why a host was not cut off, or not let back.
type Refusal struct{ Message, Hint string }

func (r *Refusal) Error() string { return r.Message }

// Read tells what an answer means. The error is a [*Refusal]. The state is
// known for every verb but Isolate.
func Read(verb Verb, a *live.Answer) (State, error) {
	code := func(section string) int {
		if s, ok := a.Sections[section]; ok {
			return s.Code
		}
		return -1
	}
	switch {
	case code("unit") != 0:
		return State{}, &Refusal{"the host has no pantherctl-lockdown.service", "write incident: { enable: true, operators: … } for it, and deploy"}
	case verb == Isolate && code("operator") != 0:
		from, _, _ := strings.Cut(a.Sections["operator"].Text, " ")
		return State{}, &Refusal{
			fmt.Sprintf("you come from %q, which is no operator's address: it would cut you off", short(from)),
			"go there from an operator's device, or lose your own way in: --cut-me-off",
		}
	case verb == Isolate && code("armed") != 0:
		return State{}, &Refusal{"the timer that would let it back could not be set: " + last(a.Sections["armed"].Text), "look at systemd-run there; nothing was done"}
	case verb == Isolate && code("started") != 0, verb == Release && code("started") != 0:
		return State{}, &Refusal{"its unit failed: " + last(a.Sections["started"].Text), "journalctl --unit 'pantherctl-lockdown*' there"}
	}
	s := state(a)
	switch {
	case verb == Confirm && (code("confirmed") != 0 || s.Since.IsZero() || !s.Loaded):
		return s, &Refusal{"it could not be confirmed: " + s.String(), "pantherctl incident status"}
	case verb == Release && (!s.Since.IsZero() || s.Loaded):
		return s, &Refusal{"it was not let back: " + s.String(), "journalctl --unit pantherctl-lockdown-release there"}
	}
	return s, nil
}

func state(a *live.Answer) State {
	var s State
	if since, ok := live.Isolated(a); ok {
		s.Since = since
	}
	table, ok := a.Sections["table"]
	s.Loaded = ok && table.Code == 0
	timer := a.Sections["timer"]
	s.Waiting = timer.Code == 0 && strings.TrimSpace(timer.Text) == "active"
	if e, ok := a.Sections["evidence"]; ok && e.Code == 0 {
		words := strings.Fields(e.Text)
		for i := range words {
			words[i] = short(words[i])
		}
		if len(words) > 0 {
			s.Evidence, s.Files = words[0], words[1:min(len(words), 40)]
		}
	}
	return s
}

// short bounds what a host says.
func short(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "?"))
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

func last(s string) string {
	s = strings.TrimSpace(s)
	return short(s[strings.LastIndexByte(s, '\n')+1:])
}
