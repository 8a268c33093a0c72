package gen_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/nixmodules"
)

// driverFiles is where the doubles of NixOS's test driver are.
const driverFiles = "testdata/driver"

// kinds are the scripts of the tests.
func kinds() []string {
	var names []string
	for _, f := range nixmodules.Tests() {
		if name, ok := strings.CutSuffix(f.Name, ".py"); ok && name != "traffic" {
			names = append(names, name)
		}
	}
	return names
}

func scriptText(t *testing.T, kind string) string {
	return readText(t, "../nixmodules/tests", kind+".py")
}

// TestScriptsTyped has mypy and pyflakes look at the scripts as the driver has
// them do before a test is built, and at the programs beside them.
func TestScriptsTyped(t *testing.T) {
	mypy, pyflakes := tool(t, "mypy"), tool(t, "pyflakes3")
	dir := t.TempDir()
	stub := readText(t, driverFiles, "stub.py")
	var typed []string
	for _, kind := range kinds() {
		script := "DATA = \"{}\"\n" + scriptText(t, kind)
		file := filepath.Join(dir, kind+"_typed.py")
		typed = append(typed, file)
		save(t, dir, texted(kind+"_typed.py", stub+"host: Machine;\npeer: Machine;\nmachine: Machine;\n"+script))
		t.Run(kind, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), pyflakes, write(t, kind+".py", script))
			cmd.Env = append(os.Environ(), "PYFLAKES_BUILTINS=host,peer,machine,machines,start_all,subtest,retry,driver,log")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("pyflakes: %v\n%s", err, out)
			}
		})
	}
	cache := "--cache-dir=" + filepath.Join(dir, "cache")
	check := func(args ...string) {
		if out, err := exec.CommandContext(t.Context(), mypy, append(args, cache)...).CombinedOutput(); err != nil {
			t.Errorf("mypy: %v\n%s", err, out)
		}
	}
	check(append(typed, "--no-implicit-optional", "--disable-error-code=empty-body")...)
	programs := []string{"../nixmodules/tests/traffic.py", driverFiles + "/double.py", driverFiles + "/signatures.py"}
	check(append(programs, "--strict")...)
	for _, program := range programs {
		if out, err := exec.CommandContext(t.Context(), pyflakes, program).CombinedOutput(); err != nil {
			t.Errorf("pyflakes: %v\n%s", err, out)
		}
	}
}

// TestDriverSignatures compares the methods that scripts use, and those of the
// double, with the source of NixOS's driver.
func TestDriverSignatures(t *testing.T) {
	nixpkgs := os.Getenv("PANTHERCTL_NIXPKGS")
	if nixpkgs == "" {
		t.Skip("not compared: PANTHERCTL_NIXPKGS names no NixOS tree")
	}
	source := nixpkgs + "/nixos/lib/test-driver/"
	for _, name := range []string{"test_driver/machine.py", "src/test_driver/machine.py", "src/test_driver/machine/__init__.py"} {
		if _, err := os.Stat(source + name); err == nil {
			out, err := run(t, tool(t, "python3"), driverFiles+"/signatures.py", driverFiles+"/stub.py", driverFiles+"/double.py", source+name)
			if err != nil {
				t.Error(err)
			}
			t.Log(out)
			return
		}
	}
	t.Error("the tree has its test driver elsewhere")
}

// testValues are the values of a fleet's tests, by host and kind, as Nix reads
// them from the generated files.
func (e example) testValues(t *testing.T) map[string]map[string]any {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(e.dir, "generated/tests"))
	if err != nil {
		t.Fatal(err)
	}
	read := fmt.Sprintf(`let
  kernels = import %[1]s/kernels.nix;
  host = file: let values = import (%[1]s/hosts + "/${file}"); in
    values // (if values ? boot then { boot = values.boot // { kernel = kernels.${values.kernel}; }; } else { });
in builtins.mapAttrs (file: _: host file) (builtins.readDir %[1]s/hosts)`, dir)
	text, err := run(t, tool(t, "nix-instantiate"), "--eval", "--strict", "--json", "--expr", read)
	if err != nil {
		t.Fatal(err)
	}
	byFile := map[string]map[string]any{}
	if err := json.Unmarshal([]byte(text), &byFile); err != nil {
		t.Fatal(err)
	}
	byHost := map[string]map[string]any{}
	for file, values := range byFile {
		byHost[strings.TrimSuffix(file, ".nix")] = values
	}
	return byHost
}

// TestScriptsRun runs every script of every example's host against the double,
// with what the host evaluates to.
func TestScriptsRun(t *testing.T) {
	for _, e := range examples() {
		facts, networks := e.facts(t), map[string]any{}
		for host, values := range e.testValues(t) {
			f := facts[host]
			if values["network"] != nil {
				networks[host] = values["network"]
			}
			for _, kind := range kinds() {
				if values[kind] == nil {
					continue
				}
				t.Run(e.name+"/"+host+"-"+kind, func(t *testing.T) {
					t.Parallel()
					runDouble(t, double(t, kind, values[kind], f)).wantPassed(t)
				})
			}
		}
		if len(networks) > 1 {
			t.Run(e.name+"/fleet", func(t *testing.T) {
				t.Parallel()
				runDouble(t, fleetDouble(t, networks, facts)).wantPassed(t)
			})
		}
	}
}

// TestScriptsNotice runs scripts against hosts that are not as their policy
// says, and wants the step that is about it to fail.
func TestScriptsNotice(t *testing.T) {
	pantheros := examples()[0]
	values := pantheros.testValues(t)["hetzner-vps"]
	f := pantheros.facts(t)["hetzner-vps"]
	homelab := examples()[1]
	kept, keeper := homelab.testValues(t)["server"], homelab.facts(t)["server"]
	tests := []struct {
		name, kind, step string
		spoil            func(m *doubleMachine)
	}{
		{"no firewall", "network", "wan: from", func(m *doubleMachine) { m.edit("/double/ruleset", `.*`, ``) }},
		{"a port opened", "network", "wan: from", func(m *doubleMachine) { m.open("tcp dport 8080 accept") }},
		{"a port closed", "network", "tailnet: from", func(m *doubleMachine) { m.open(`tcp dport 443 drop`) }},
		{"no limit", "network", "tailnet: tcp/22 is limited", func(m *doubleMachine) { m.open(`iifname "tailscale0" tcp dport 22 accept`) }},
		{"no ping", "network", "wan: ping", func(m *doubleMachine) { m.open("icmp type echo-request drop") }},
		{"egress open", "network", "wan: what the host gets to", func(m *doubleMachine) {
			m.edit("/double/ruleset", `hook output priority filter; policy drop;`, `hook output priority filter; policy accept;`)
			m.edit("/double/ruleset", `counter drop`, `counter accept`)
		}},
		{"a parameter lost", "boot", "kernel parameters", func(m *doubleMachine) {
			m.Cmdline = slices.DeleteFunc(slices.Clone(m.Cmdline), func(p string) bool { return p == "slab_nomerge" })
		}},
		{"a setting lost", "boot", "kernel settings", func(m *doubleMachine) { m.Sysctl["kernel.kptr_restrict"] = "1" }},
		{"a module loads", "boot", "modules that must not load", func(m *doubleMachine) { m.edit("/double/modprobe.conf", `install dccp .*`, ``) }},
		{"a unit failed", "boot", "nothing failed", func(m *doubleMachine) {
			m.Files["/double/failed"] = doubleFile{Text: "x.service loaded failed failed\n"}
		}},
		{"a sandbox lost", "boot", "sandboxes", func(m *doubleMachine) { m.edit("/double/units", `PrivateTmp=yes`, `PrivateTmp=no`) }},
		{"no audit rules", "boot", "audit", func(m *doubleMachine) { m.Files["/double/audit-rules"] = doubleFile{Text: "No rules\n"} }},
		{"a password", "ssh", "no password is asked for", func(m *doubleMachine) {
			m.edit("/double/sshd_config", `PasswordAuthentication no`, `PasswordAuthentication yes`)
			m.edit("/double/sshd_config", `AuthenticationMethods .*`, ``)
		}},
		{"root comes in", "ssh", "others do not", func(m *doubleMachine) {
			m.edit("/double/sshd_config", `PermitRootLogin no`, `PermitRootLogin yes`)
			m.edit("/double/sshd_config", `AllowGroups .*`, ``)
		}},
		{"nobody comes in", "ssh", "members log in", func(m *doubleMachine) { m.edit("/double/sshd_config", `AllowGroups .*`, `AllowGroups nogroup`) }},
		{"forwarding", "ssh", "hbohlen and forwarding", func(m *doubleMachine) {
			m.edit("/double/sshd_config", `AllowTcpForwarding no`, `AllowTcpForwarding yes`)
		}},
		{"an old key exchange", "ssh", "key exchange", func(m *doubleMachine) {
			m.edit("/double/sshd_config", `KexAlgorithms .*`, `KexAlgorithms +curve25519-sha256`)
		}},
		{"a root that stays", "persistence", "gone", func(m *doubleMachine) { m.Keep = append(m.Keep, "/var") }},
		{"a directory forgotten", "persistence", "kept", func(m *doubleMachine) { m.edit("/double/bind", `(?m)^.*/var/lib/systemd.*$`, ``) }},
		{"readable by all", "secrets", "has its owner", func(m *doubleMachine) { m.Commands = append(m.Commands, "chmod 444 /run/agenix/*") }},
		{"not decrypted", "secrets", "is decrypted", func(m *doubleMachine) { m.Commands = append(m.Commands, "rm /run/agenix/*") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, h := values[tt.kind], f
			if tt.kind == "persistence" {
				v, h = kept[tt.kind], keeper
			}
			spec := double(t, tt.kind, v, h)
			tt.spoil(&spec.Machines[0])
			got := runDouble(t, spec)
			if !slices.ContainsFunc(got.failed, func(step string) bool { return strings.Contains(step, tt.step) }) {
				t.Errorf("the step %q did not fail; passed %q, failed %q", tt.step, got.passed, got.failed)
			}
		})
	}
}

// steps are the subtests of a run.
type steps struct{ passed, failed, leftOut []string }

func (s steps) wantPassed(t *testing.T) {
	t.Helper()
	for _, step := range s.failed {
		t.Error(step)
	}
	if len(s.passed)+len(s.leftOut) == 0 {
		t.Error("no step was run")
	}
	t.Logf("%d steps passed; left out: %q", len(s.passed), s.leftOut)
}

// runDouble runs a script in namespaces of its own.
func runDouble(t *testing.T, spec doubleSpec) steps {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", tool(t, "python3"), driverFiles + "/double.py", write(t, "spec.json", string(text))}
	if os.Getuid() != 0 {
		if spec.Root {
			t.Skip("not run: sshd changes users, which takes root")
		}
		args = append([]string{"--map-root-user"}, args...)
	}
	cmd := exec.CommandContext(t.Context(), tool(t, "unshare"), args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		if strings.Contains(string(out), "unshare failed: Operation not permitted") && os.Getenv("CI") == "" {
			t.Skipf("not run: no namespaces here: %s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	var s steps
	for line := range strings.Lines(string(out)) {
		for prefix, list := range map[string]*[]string{"passed: ": &s.passed, "failed: ": &s.failed, "left out: ": &s.leftOut} {
			if step, ok := strings.CutPrefix(strings.TrimSpace(line), prefix); ok {
				*list = append(*list, step)
			}
		}
	}
	return s
}

// TestTestsAgree has the tests' Nix put script and values together, and compares
// with what the double runs. It needs NixOS's library only.
func TestTestsAgree(t *testing.T) {
	nixpkgs := os.Getenv("PANTHERCTL_NIXPKGS")
	if nixpkgs == "" {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS names no NixOS tree")
	}
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			dir, err := filepath.Abs(filepath.Join(e.dir, "generated/tests"))
			if err != nil {
				t.Fatal(err)
			}
			want, hosts, networks := map[string]string{}, "", map[string]any{}
			for host, values := range e.testValues(t) {
				hosts += " " + strconv.Quote(host)
				for _, kind := range kinds() {
					if values[kind] != nil {
						want[host+"-"+kind] = withData(t, kind, values[kind])
					}
				}
				if values["network"] != nil {
					networks[host] = values["network"]
				}
			}
			if len(networks) > 1 {
				want["fleet"] = withData(t, "fleet", networks)
			}
			text, err := run(t, tool(t, "nix-instantiate"), "--eval", "--strict", "--json", "--expr", fmt.Sprintf(`builtins.mapAttrs (_: test: test.testScript) (import %s {
  pkgs.lib = import %s/lib;
  hosts = builtins.mapAttrs (_: _: { }) (builtins.listToAttrs (map (name: { inherit name; value = null; }) [ %s ]));
  containers = true;
  run = test: test;
})`, dir, nixpkgs, hosts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, decode[map[string]string](t, json.RawMessage(text))); diff != "" {
				t.Errorf("the tests' Nix makes other scripts than the double runs (-double +nix)\n%s", diff)
			}
		})
	}
}

// TestTestsOfOddHosts: a host that others configure has no tests, and what a
// document says twice is asked for once.
func TestTestsOfOddHosts(t *testing.T) {
	fleet, files := generateText(t, `version: 1
fleet: t
nixos: "25.11"
devices:
  taken: { addresses: { lan: 192.168.255.254 } }
access:
  - { from: taken, to: twice, allow: https, over: lan }
hosts:
  theirs:
    system: x86_64-linux
    level: server
    firewall: { mode: own }
    ssh: { mode: own }
    kernel: { mode: own }
  twice:
    system: x86_64-linux
    level: server
    interfaces: { eth0: lan }
    kernel: { params: [quiet, quiet] }
`)
	theirs, _ := fleet.Host("theirs")
	if got := gen.Tests(theirs); len(got) > 0 {
		t.Errorf("a host of others has the tests %q", got)
	}
	byPath := texts(files)
	if _, ok := byPath["tests/hosts/theirs.nix"]; ok {
		t.Error("a host of others has values for tests")
	}
	if n := strings.Count(byPath["tests/kernels.nix"], "quiet"); n != 1 {
		t.Errorf("a parameter is asked for %d times", n)
	}
	if n := strings.Count(byPath["tests/hosts/twice.nix"], `"192.168.255.254" = "tcp/443"`); n != 1 {
		t.Errorf("a stranger's address that a device has is there %d times\n%s", n, byPath["tests/hosts/twice.nix"])
	}
}

func generateText(t *testing.T, document string) (*policy.Fleet, []gen.File) {
	t.Helper()
	fleet, problems := resolve(document)
	for _, p := range problems {
		t.Fatal(p)
	}
	files, err := gen.Generate(fleet, "security.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, files
}

// evaluatedTest is what testdata/tests.nix says of a test.
type evaluatedTest struct {
	Script string
	Nodes  map[string]evaluatedNode
}

// evaluatedNode is what it says of a machine.
type evaluatedNode struct {
	Name            string
	Failed          []string
	Sysctl          map[string]string
	Parameters      []string
	FileSystems     map[string]string
	Unlock          bool
	InitrdKeys      string
	InitrdSecrets   map[string]string
	Etc, Units      []string
	Specialisations map[string]string
}

// TestTestsEvaluate has NixOS's own test framework take the tests of all hosts,
// as virtual machines: whether what a script asks for is still there beside what
// the framework sets, and whether the disks are those it counts on. The tree at
// hand knows no container tests and builds nothing.
func TestTestsEvaluate(t *testing.T) {
	nixpkgs, modules := os.Getenv("PANTHERCTL_NIXPKGS"), os.Getenv("PANTHERCTL_MODULES")
	if nixpkgs == "" || modules == "" {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS and PANTHERCTL_MODULES name no NixOS tree and no modules")
	}
	container := t.TempDir()
	save(t, container, []gen.File{{"nixos/lib/eval-config.nix", []byte(readText(t, "testdata/eval-config.double.nix"))}})
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			folder, err := filepath.Abs(filepath.Join(e.dir, "generated"))
			if err != nil {
				t.Fatal(err)
			}
			text, err := run(t, tool(t, "nix-instantiate"), "--eval", "--strict", "--json", "testdata/tests.nix", "--arg", "container", container,
				"--arg", "nixpkgs", nixpkgs, "--arg", "modules", modules, "--arg", "folder", folder)
			if err != nil {
				t.Fatal(err)
			}
			tests := decode[map[string]evaluatedTest](t, json.RawMessage(text))
			for name, test := range tests {
				for node, config := range test.Nodes {
					if config.Name != node || len(config.Failed) > 0 {
						t.Errorf("%s: node %s is called %s, and fails %q", name, node, config.Name, config.Failed)
					}
				}
			}
			for host, values := range e.testValues(t) {
				for _, kind := range kinds() {
					if values[kind] == nil {
						continue
					}
					name := host + "-" + kind
					test, ok := tests[name]
					if !ok {
						t.Errorf("%s is no test", name)
						continue
					}
					if want := withData(t, kind, values[kind]); test.Script != want {
						t.Errorf("%s: the script differs (-double +nix)\n%s", name, cmp.Diff(want, test.Script))
					}
					test.hasWhatItAsksFor(t, name, kind, values[kind])
				}
			}
		})
	}
}

// hasWhatItAsksFor reports what the test framework took from a test's host.
func (e evaluatedTest) hasWhatItAsksFor(t *testing.T, name, kind string, values any) {
	t.Helper()
	host := e.Nodes["host"]
	switch kind {
	case "boot":
		kernelKept(t, name, decode[kernelValues](t, values), host)
	case "network":
		if !slices.Contains(host.Etc, "traffic.py") || !slices.Contains(host.Units, "traffic") || slices.Contains(host.Units, "tailscaled") {
			t.Errorf("%s: nobody answers, or tailscaled does", name)
		}
	case "persistence":
		mount := decode[struct{ Mount string }](t, values).Mount
		if fs := host.FileSystems; fs["/"] != "tmpfs" || fs[mount] != "ext4" {
			t.Errorf("%s: the file systems are %v", name, fs)
		}
	case "unlock":
		if !host.Unlock || host.Specialisations["locked"] != "/dev/vdb" {
			t.Errorf("%s: the initrd has sshd: %v, disks to unlock: %v", name, host.Unlock, host.Specialisations)
		}
		if !strings.HasSuffix(host.InitrdKeys, "-authorized") {
			t.Errorf("%s: the test's key is not let in, but what stands in %q", name, host.InitrdKeys)
		}
		if len(host.InitrdSecrets) == 0 {
			t.Errorf("%s: the initrd's sshd has no host key", name)
		}
		for path, source := range host.InitrdSecrets {
			if !strings.HasSuffix(source, "-test-key/key") {
				t.Errorf("%s: the initrd's %s is %s, which no test has", name, path, source)
			}
		}
	}
}

// kernelValues are what a test of the boot says of the kernel.
type kernelValues struct {
	Kernel struct{ Parameters, Sysctl map[string]string }
}

// framework are the settings that boot.py does not ask for, as NixOS's tests set
// them: nixos/modules/testing/test-instrumentation.nix.
var framework = []string{"kernel.hung_task_timeout_secs"}

// kernelKept reports what the test framework took from a host's kernel.
func kernelKept(t *testing.T, name string, want kernelValues, host evaluatedNode) {
	t.Helper()
	for key, value := range want.Kernel.Sysctl {
		if !slices.Contains(framework, key) && host.Sysctl[key] != value {
			t.Errorf("%s: %s is %q in the test, and asked to be %q", name, key, host.Sysctl[key], value)
		}
	}
	for p := range want.Kernel.Parameters {
		if !slices.Contains(host.Parameters, p) {
			t.Errorf("%s: the test's kernel is not given %s", name, p)
		}
	}
}
