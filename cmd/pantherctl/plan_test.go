package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
)

// factsOf writes the facts of a host of the homelab, with texts replaced, each
// of which must be there. With -alone they are not below the host's name.
//
//	facts [-alone] HOST FILE [OLD NEW]...
func factsOf(ts *testscript.TestScript, _ bool, args []string) {
	alone := args[0] == "-alone"
	if alone {
		args = args[1:]
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "fleets", "homelab", "facts.json"))
	ts.Check(err)
	var hosts map[string]json.RawMessage
	ts.Check(json.Unmarshal(text, &hosts))
	var compact bytes.Buffer
	ts.Check(json.Compact(&compact, hosts[args[0]]))
	facts := compact.String()
	for i := 2; i+1 < len(args); i += 2 {
		if !strings.Contains(facts, args[i]) {
			ts.Fatalf("the facts of %s do not hold %q", args[0], args[i])
		}
		facts = strings.Replace(facts, args[i], args[i+1], 1)
	}
	if !alone {
		facts = `{"` + args[0] + `":` + facts + `}`
	}
	file := ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, []byte(facts), 0o644))
}

// planning runs plan with state and caches in the current folder.
func planning(args ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string {
		return map[string]string{"XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}[name]
	}
	args = append([]string{"plan", "changed", "--flake", "path:."}, args...)
	code = execute(args, &system{in: strings.NewReader(""), out: &stdout, err: &stderr, getenv: getenv, now: time.Now})
	return code, stdout.String(), stderr.String()
}

// runs has ssh answer that a host runs a system.
func runs(t *testing.T, answer string) {
	t.Helper()
	bin, err := filepath.Abs("bin")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("PATH"); !strings.HasPrefix(path, bin) {
		t.Setenv("PATH", bin+":"+path)
	}
}

const plannedReport = `changed
  widens   network     ping                            off -> on
  widens   network     open on every interface         + tcp/9090
  narrows  network     open on every interface         - tcp/8080
  neutral  kernel      quiet                           + quiet (not judged)
  widens   sysctl      kernel.kptr_restrict            + 0
  neutral  sysctl      net.netfilter.nf_conntrack_max  7 -> 262144 (not judged)
  neutral  unit        restart                         app.service
  reboot   the kernel's parameters
`

// TestPlanFlake has the real Nix evaluate a host before and after a change of
// the flake, with an ssh that answers what runs.
func TestPlanFlake(t *testing.T) {
	evaluated(t)
	runs(t, "/nix/store/00000000000000000000000000000000-nixos-system")
	code, _, err := planning("--save-facts", "facts.json")
	if code != exitPlanFailure || !strings.Contains(err, "whose facts were never evaluated here") {
		t.Fatalf("code %d, %s", code, err)
	}
	text, _ := os.ReadFile("facts.json")
	var saved map[string]struct{ System struct{ Toplevel string } }
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	before := saved["changed"].System.Toplevel
	runs(t, before)
	if code, out, err := planning("--detailed-exitcode"); code != exitFine || out != "nothing changes on 1 host\n" || err != "" {
		t.Errorf("code %d\n%s%s", code, out, err)
	}
	change := `{ lib, ... }:
{
  boot.kernelParams = [ "quiet" ];
  boot.kernel.sysctl."kernel.kptr_restrict" = 0;
  networking.firewall.allowedTCPPorts = [ 9090 ];
  system.build.toplevel = derivation { name = "nixos-system-new"; system = "x86_64-linux"; builder = "/bin/sh"; };
  systemd.units."app.service" = { enable = true; text = "[Service]\nExecStart=/bin/new\n"; };
}
`
	if err := os.WriteFile("debug.nix", []byte(change), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, err := planning("--detailed-exitcode", "--out", "plan.json")
	if code != exitChanges || !strings.HasPrefix(out, plannedReport) || err != "" {
		t.Errorf("code %d\n%s%s", code, cmp.Diff(plannedReport, out), err)
	}
	f, failed := os.Open("plan.json")
	if failed != nil {
		t.Fatal(failed)
	}
	defer f.Close()
	p, failed := plan.Read(f)
	if failed != nil {
		t.Fatal(failed)
	}
	if h, ok := p.Host("changed"); !ok || h.Old != before || !strings.HasSuffix(h.New, "-nixos-system-new") || p.Revision == "" {
		t.Errorf("got %+v", p)
	}
	runs(t, "/tmp/x; reboot")
	if code, _, err := planning(); code != exitPlanFailure || !strings.Contains(err, "which is no store path") {
		t.Errorf("code %d, %s", code, err)
	}
}
