package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/schema"
)

func entries() []Entry {
	at := func(line int) schema.Pos { return schema.Pos{File: "f.yaml", Line: line, Column: 3} }
	return append(
		Findings([]check.Finding{
			{Rule: "L2", Severity: rule.Warning, Host: "yoga", Path: "hosts.yoga.ssh", Pos: at(9), Message: "late", Status: check.Fail},
			{Rule: "A1", Severity: rule.Error, Host: "yoga", Path: "roles.x", Pos: at(9), Message: "waived one", Status: check.Waived},
			{Rule: "B1", Severity: rule.Error, Host: "vps", Path: "hosts.vps", Pos: at(4), Message: "no way in", Hint: "declare\none", Status: check.Fail},
		}),
		Problems(schema.Diagnostics{
			{Pos: at(2), Path: "hosts.a", Message: "evil \x1b[2J \u202e::error::", Hint: "50%"},
			{Pos: at(2), Path: "hosts.a", Message: "evil \x1b[2J \u202e::error::", Hint: "50%"},
			{Pos: schema.Pos{File: "f.yaml"}, Message: "too large"},
		})...,
	)
}

func TestText(t *testing.T) {
	const want = `f.yaml: too large
f.yaml:2:3: hosts.a: evil \x1b[2J \u202e::error::
  hint: 50%
f.yaml:4:3: hosts.vps: error: no way in (B1)
  hint: declare\none
f.yaml:9:3: hosts.yoga.ssh: warning: late (L2)
f.yaml:9:3: roles.x: yoga: WAIVED error: waived one (A1)
3 errors, 1 warning, 1 waived
`
	if diff := cmp.Diff(want, write(t, Text, false, entries())); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if got := write(t, Text, false, nil); got != "no findings\n" {
		t.Errorf("nothing to report: %q", got)
	}
	if got := write(t, Text, true, entries()); !strings.Contains(got, "\x1b[33mf.yaml:9:3: hosts.yoga.ssh: warning: late (L2)\x1b[0m\n") {
		t.Errorf("no colour:\n%q", got)
	}
}

func TestGitHub(t *testing.T) {
	const want = `::error title=pantherctl,file=f.yaml::too large
::error title=pantherctl,file=f.yaml,line=2,col=3::hosts.a: evil \x1b[2J \u202e::error::%0Ahint: 50%25
::error title=pantherctl B1,file=f.yaml,line=4,col=3::hosts.vps: no way in%0Ahint: declare%0Aone
::warning title=pantherctl L2,file=f.yaml,line=9,col=3::hosts.yoga.ssh: late
::notice title=pantherctl A1 WAIVED,file=f.yaml,line=9,col=3::roles.x: waived one
`
	if diff := cmp.Diff(want, write(t, GitHub, true, entries())); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	odd := []Entry{{Severity: rule.Info, File: "a,b:c\n::error::.yaml", Message: "x"}}
	if got, want := write(t, GitHub, false, odd), "::notice title=pantherctl,file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3A.yaml::x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	in := append(entries(), Entry{Message: "\u009b \u007f \U000e0001"})
	text := write(t, JSON, true, in)
	if strings.ContainsAny(text, "\x1b\u009b\u007f\u202e\U000e0001") {
		t.Errorf("control characters:\n%q", text)
	}
	var got struct {
		Findings []*Entry
		Counts   Counts
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted([][]Entry{in}), got.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Counts{Errors: 3, Warnings: 1, Infos: 1, Waived: 1}, got.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := write(t, JSON, false, nil); !strings.Contains(got, `"findings": []`) {
		t.Errorf("nothing to report:\n%s", got)
	}
}

func TestFailed(t *testing.T) {
	for _, tt := range []struct {
		name string
		e    Entry
		want bool
	}{
		{"error", Entry{Severity: rule.Error, Status: check.Fail}, true},
		{"waived error", Entry{Severity: rule.Error, Status: check.Waived}, false},
		{"warning", Entry{Severity: rule.Warning, Status: check.Fail}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Failed([]Entry{{Severity: rule.Info}, tt.e}); got != tt.want {
				t.Errorf("Failed is %v", got)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":    "plain\ttext\n",
		"é 漢 …":            "é 漢 …",
		"\x1b[31m":         `\x1b[31m`,
		"\r\x00\x7f\u0085": `\r\x00\x7f\u0085`,
		"\u202e\u200b":     `\u202e\u200b`,
		"\xff'\"\x01":      `\xff'"\x01`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) is %q, want %q", in, got, want)
		}
	}
}

func write(t *testing.T, f Format, colour bool, entries []Entry) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, f, colour, entries); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
