package rule

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// families holds the number of rules of each family. Raising a number adds a
// rule; lowering one would break waivers.
func families() map[string]int {
	return map[string]int{
		"A": 19, "B": 1, "C": 1, "D": 3, "E": 6, "F": 3, "G": 7, "H": 9, "I": 4, "J": 3, "K": 24, "L": 23, "M": 1, "N": 4,
		"O": 5, "P": 4, "Q": 15, "R": 4, "S": 4, "T": 11, "U": 1, "V": 9, "W": 3, "X": 3, "Y": 8,
	}
}

// later holds the first and last number of blocks of rules that a family keeps
// apart from its first numbers.
func later() map[string][2]int {
	return map[string][2]int{"D": {20, 21}, "H": {20, 22}, "L": {40, 40}, "T": {20, 26}}
}

func TestIDsAreDenseAndSorted(t *testing.T) {
	var want []string
	for _, family := range slices.Sorted(maps.Keys(families())) {
		format := "%s%d"
		if family == "K" {
			format = "%s%03d"
		}
		for n := range families()[family] {
			want = append(want, fmt.Sprintf(format, family, n+1))
		}
		if block, ok := later()[family]; ok {
			for n := block[0]; n <= block[1]; n++ {
				want = append(want, fmt.Sprintf(format, family, n))
			}
		}
	}
	var got []string
	for _, r := range All() {
		got = append(got, r.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

func TestTexts(t *testing.T) {
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) {
			fits(t, "title", r.Title, 70)
			fits(t, "reference", r.Reference, 120)
			for name, text := range map[string]string{"title": r.Title, "reference": r.Reference} {
				if strings.HasSuffix(text, ".") {
					t.Errorf("%s ends with a full stop: %q", name, text)
				}
			}
			sentences(t, "rationale", r.Rationale, 320)
			sentences(t, "fix", r.Fix, 200)
			if r.Guaranteed != "" {
				sentences(t, "guaranteed", r.Guaranteed, 140)
			}
		})
	}
}

// fits fails unless text is one clean line of at most limit characters.
func fits(t *testing.T, name, text string, limit int) {
	t.Helper()
	if text == "" || len(text) > limit {
		t.Errorf("%s has %d characters, want 1 to %d: %q", name, len(text), limit, text)
	}
	if text != strings.Join(strings.Fields(text), " ") {
		t.Errorf("%s has stray white space: %q", name, text)
	}
	if local := regexp.MustCompile(`\.md\b|§|(^|\s)/tmp\b|TODO`).FindString(text); local != "" {
		t.Errorf("%s points at %q, which readers do not have: %q", name, local, text)
	}
}

// sentences fails unless text also consists of one to three whole sentences.
func sentences(t *testing.T, name, text string, limit int) {
	t.Helper()
	fits(t, name, text, limit)
	if !strings.HasSuffix(text, ".") {
		t.Errorf("%s has no full stop at its end: %q", name, text)
	}
	if n := strings.Count(text+" ", ". "); n > 3 {
		t.Errorf("%s has %d sentences, want at most 3: %q", name, n, text)
	}
}

func TestFields(t *testing.T) {
	severities := []Severity{Error, Warning, Info}
	pipeline := []Stage{Document, Evaluated, Lab, Live}
	concerns := []string{
		"network", "firewall", "ssh", "tailscale", "secrets", "kernel", "fail2ban", "apparmor", "integrity",
		"persistence", "users", "backup", "upgrade", "journal", "wifi", "audit", "logs", "notify", "metrics", "selfcheck", "fleet",
		"sshclient", "disk", "containers", "sandbox", "certificates", "caddy", "traefik", "authelia",
		"postgresql", "adguard", "vaultwarden", "cloudflared", "incident", "swap", "time",
	}
	for _, r := range All() {
		t.Run(r.ID, func(t *testing.T) {
			if !slices.Contains(severities, r.Severity) {
				t.Errorf("unknown severity %q", r.Severity)
			}
			if !slices.Contains(concerns, r.Concern) {
				t.Errorf("unknown concern %q", r.Concern)
			}
			var ordered []Stage
			for _, s := range pipeline {
				if r.JudgedAt(s) {
					ordered = append(ordered, s)
				}
			}
			if len(r.Stages) == 0 || !slices.Equal(ordered, r.Stages) {
				t.Errorf("stages = %q, want some of %q in that order", r.Stages, pipeline)
			}
			if r.Guaranteed != "" && r.JudgedAt(Document) {
				t.Error("guaranteed by construction, yet judged on the document")
			}
		})
	}
}

// TestKernelWarnings pins the severities of the K rules: all others are errors.
func TestKernelWarnings(t *testing.T) {
	var got []string
	for _, r := range kernel() {
		if r.Severity != Error {
			got = append(got, r.ID)
		}
	}
	if diff := cmp.Diff([]string{"K006", "K013", "K021", "K022"}, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestCompare(t *testing.T) {
	ids := []string{"W1", "A19", "K010", "A2", "", "K009", "B1", "A1"}
	slices.SortFunc(ids, Compare)
	want := []string{"", "A1", "A2", "A19", "B1", "K009", "K010", "W1"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	for _, want := range All() {
		if got, ok := Find(want.ID); !ok || got.Title != want.Title {
			t.Errorf("Find(%q) = %q, %v", want.ID, got.Title, ok)
		}
	}
	for _, id := range []string{"", "A", "A0", "A20", "a1", "K1", "K0001", "Z1", "A1 "} {
		if got, ok := Find(id); ok {
			t.Errorf("Find(%q) = %s, want none", id, got.ID)
		}
	}
}

func TestNearest(t *testing.T) {
	tests := map[string]string{
		"A7": "A7", "a7": "A7", "A07": "A7", "A-7": "A7", " l 3 ": "L3",
		"k1": "K001", "K0012": "K012", "A20": "A19", "K999": "K024", "B0": "B1",
		"": "", "A": "", "Z1": "", "K-x": "", "lockout": "", "é1": "", "A99999999999999999999": "",
	}
	for id, want := range tests {
		t.Run(id, func(t *testing.T) {
			if got := Nearest(id); got != want {
				t.Errorf("Nearest(%q) = %q, want %q", id, got, want)
			}
		})
	}
}

// TestAllIsFresh guards against a caller's change reaching the next caller.
func TestAllIsFresh(t *testing.T) {
	first := All()
	first[0].Stages[0] = Live
	if All()[0].Stages[0] == Live {
		t.Error("All returned shared memory")
	}
}
