package incident

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/live"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// TestScript has shellcheck read what is sent to hosts, for any shell.
func TestScript(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("shellcheck was not asked: ", err)
	}
	cmd := exec.CommandContext(t.Context(), shellcheck, "--shell=sh", "-")
	cmd.Stdin = strings.NewReader(string(Request{Verb: Isolate, Nonce: "n", After: time.Minute}.Script(&policy.Host{})))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRead wants every answer that is not a clear yes refused.
func TestRead(t *testing.T) {
	answer := func(sections ...any) *live.Answer {
		a := &live.Answer{Sections: map[string]live.Section{}, Whole: true}
		for i := 0; i < len(sections); i += 3 {
			a.Sections[sections[i].(string)] = live.Section{Text: sections[i+1].(string), Code: sections[i+2].(int)}
		}
		return a
	}
	for _, tt := range []struct {
		name   string
		verb   Verb
		answer *live.Answer
		want   string // in the refusal, or the state
	}{
		{"no unit", Isolate, answer("operator", "192.0.2.1 1 2 3", 0, "unit", "", 1), "no pantherctl-lockdown.service"},
		{"nothing", Isolate, answer(), "no pantherctl-lockdown.service"},
		{"no operator", Isolate, answer("operator", "192.0.2.1 1 2 3", 1, "unit", "", 0), `"192.0.2.1", which is no operator's`},
		{"no timer", Isolate, answer("operator", "", 0, "unit", "", 0, "armed", "a\nno bus", 1), "could not be set: no bus"},
		{"no start", Isolate, answer("operator", "", 0, "unit", "", 0, "armed", "", 0), "its unit failed"},
		{"isolated", Isolate, answer("operator", "", 0, "unit", "", 0, "armed", "", 0, "started", "", 0), "not isolated"},
		{"not confirmed", Confirm, answer("unit", "", 0, "confirmed", "", 1, "isolated", "1700000000\n", 0, "table", "", 0), "it could not be confirmed: isolated since 2023-11-14 22:13:20 UTC"},
		{"no table", Confirm, answer("unit", "", 0, "confirmed", "", 0, "isolated", "1700000000\n", 0, "table", "", 1), "NOT ISOLATED"},
		{"waiting", Status, answer("unit", "", 0, "isolated", "1700000000\n", 0, "table", "", 0, "timer", "active\n", 0), "let back soon"},
		{"half", Status, answer("unit", "", 0, "table", "", 0), "HALF ISOLATED"},
		{"not released", Release, answer("unit", "", 0, "started", "", 0, "table", "", 0), "it was not let back: HALF"},
		{"released", Release, answer("unit", "", 0, "started", "", 0, "table", "", 1, "isolated", "", 127), "not isolated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			state, err := Read(tt.verb, tt.answer)
			got := state.String()
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
