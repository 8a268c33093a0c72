package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// TestLevelsHaveReasons: every default of every level says why, and where the
// reason can be read up.
func TestLevelsHaveReasons(t *testing.T) {
	levels, err := policy.Levels(policy.NewestVersion)
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range levels.Names() {
		if levels[level] == nil {
			t.Errorf("level %s is missing", level)
		}
		for _, s := range levels.Settings(level).All() {
			for _, from := range s.From {
				if from.Reason == nil || from.Reason.Why == "" || from.Reason.Source == "" || len(from.Reason.Why) > 90 {
					t.Errorf("%s: %s: no reason of one line, or no [source], at %s", level, s.Path, from.Pos)
				}
			}
		}
	}
}

// TestLevelsAreComplete: with a level alone, no host is left with a setting
// that generated modules need and nobody made.
func TestLevelsAreComplete(t *testing.T) {
	levels, err := policy.Levels(policy.NewestVersion)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range levels.Settings("server").All() {
		if !strings.Contains(s.Path, "rate_limits") && s.Path != "firewall.egress.allow" {
			want = append(want, s.Path)
		}
	}
	for _, level := range levels.Names() {
		var got []string
		for _, s := range levels.Settings(level).All() {
			got = append(got, s.Path)
		}
		for _, path := range want {
			if !slices.Contains(got, path) {
				t.Errorf("%s does not say %s", level, path)
			}
		}
	}
}

func TestChanges(t *testing.T) {
	read := func(text string) policy.LevelSet {
		levels, err := policy.ReadLevels("levels.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return levels
	}
	older := read("every:\n  ssh:\n    max_sessions: 10 # a [b]\nserver:\n  firewall:\n    ping: true # a [b]\n")
	newer := read("every:\n  ssh:\n    max_sessions: 8 # fewer do [sshd_config(5)]\n    sftp: false # unused [sshd_config(5)]\n" +
		"server:\n  firewall:\n    ping: true # another reason [c]\n")
	var want []policy.Change
	for _, level := range older.Names() {
		want = append(want,
			policy.Change{Level: level, Path: "ssh.max_sessions", Old: "10", New: "8", Why: "fewer do", Source: "sshd_config(5)"},
			policy.Change{Level: level, Path: "ssh.sftp", New: "false", Why: "unused", Source: "sshd_config(5)"},
		)
	}
	if diff := cmp.Diff(want, policy.Changes(older, newer)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

// TestFeatures: the features a document can name are those that free modules.
func TestFeatures(t *testing.T) {
	if diff := cmp.Diff(kernel.Features(), schema.Features()); diff != "" {
		t.Errorf("features of gen/kernel and of the schema (-kernel +schema):\n%s", diff)
	}
}
