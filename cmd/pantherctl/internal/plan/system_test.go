package plan

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

const service = "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/a\n"

// TestPredict wants of each change to a unit's text what
// switch-to-configuration of NixOS makes of it.
func TestPredict(t *testing.T) {
	for _, tt := range []struct{ name, unit, old, new, want string }{
		{"same", "a.service", service, service, ""},
		{"command", "a.service", service, strings.Replace(service, "/bin/a", "/bin/b", 1), "restart"},
		{"description", "a.service", service, strings.Replace(service, "=a", "=b", 1), ""},
		{"reload trigger", "a.service", service, strings.Replace(service, "[Service]", "X-Reload-Triggers=x\n[Service]", 1), "reload"},
		{"reloads if changed", "a.service", service, service + "X-ReloadIfChanged=true\n", "reload"},
		{"kept if changed", "a.service", service, service + "X-RestartIfChanged=false\n", "keep"},
		{"not stopped by hand", "a.service", service, strings.Replace(service, "[Unit]", "[Unit]\nRefuseManualStop=yes", 1) + "Nice=1\n", "keep"},
		{"restart", "a.service", service, service + "X-StopIfChanged=false\n", "restart"},
		{"install", "a.service", service, service + "[Install]\nWantedBy=x.target\n", ""},
		{"new", "a.service", "", service, "start"},
		{"gone", "a.service", service, "", "stop"},
		{"mount options", "a.mount", "[Mount]\nOptions=a\n", "[Mount]\nOptions=b\n", "reload"},
		{"mount", "a.mount", "[Mount]\nWhat=a\n", "[Mount]\nWhat=b\n", "restart"},
		{"root", "-.mount", "[Mount]\nWhat=a\n", "[Mount]\nWhat=b\n", "reload"},
		{"timer", "a.timer", "[Timer]\nOnCalendar=daily\n", "[Timer]\nOnCalendar=weekly\n", "restart"},
		{"socket", "a.socket", "[Socket]\nListenStream=1\n", "[Socket]\nListenStream=2\n", ""},
		{"slice", "a.slice", "[Slice]\n", "[Slice]\nMemoryMax=1\n", ""},
		{"bus", "dbus.service", service, service + "Nice=1\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			units := func(text string) map[string]string {
				if text == "" {
					return map[string]string{}
				}
				return map[string]string{tt.unit: text}
			}
			a := predict(units(tt.old), units(tt.new))
			got := ""
			for what, list := range map[string][]string{"stop": a.Stop, "restart": a.Restart, "reload": a.Reload, "start": a.Start, "keep": a.Keep} {
				if len(list) > 0 {
					got += what
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSystem wants sandboxes, listeners, reboots and refusals told.
func TestSystem(t *testing.T) {
	h := compareServer(t, func(old, new *facts.Host) {
		old.System = &facts.System{
			Toplevel: "/nix/store/0000000000000000000000000000000a-nixos", Kernel: "/nix/store/1-linux-6.6.1", Initrd: "/nix/store/1-initrd",
			Inhibitors: map[string]string{"dbus": "dbus", "old": "1"},
			Units: map[string]string{
				"a.service": "[Service]\nUser=a\nProtectSystem=strict\nNoNewPrivileges=yes\nCapabilityBoundingSet=\nSystemCallFilter=@x\n",
				"b.socket":  "[Socket]\nListenStream=/run/b\n",
			},
		}
		new.System = &facts.System{
			Toplevel: "/nix/store/0000000000000000000000000000000b-nixos", Kernel: "/nix/store/2-linux-6.6.2", Initrd: "/nix/store/2-initrd",
			Inhibitors: map[string]string{"dbus": "broker", "new": "1"},
			Units: map[string]string{
				"a.service": "[Service]\nProtectSystem=full\nPrivateTmp=true\nAmbientCapabilities=CAP_NET_ADMIN\n",
				"b.socket":  "[Socket]\nListenStream=/run/b\nListenStream=0.0.0.0:631\n",
			},
		}
	})
	want := []string{
		"widens listener: socket units: + tcp/0.0.0.0:631 (b.socket)",
		"widens sandbox: a: AmbientCapabilities: + CAP_NET_ADMIN",
		"widens sandbox: a: NoNewPrivileges: - yes",
		"narrows sandbox: a: PrivateTmp: + true",
		"widens sandbox: a: ProtectSystem: strict -> full",
		"widens sandbox: a: SystemCallFilter: - @x",
		"widens sandbox: a: User: - a",
		"neutral unit: restart: a.service",
		"reboot the kernel: linux-6.6.1 -> linux-6.6.2",
		"reboot the initrd",
		"refused dbus: dbus -> broker",
	}
	if diff := cmp.Diff(want, told(&h)); diff != "" {
		t.Error(diff)
	}
	h.Activate(&Activation{DryRun: true, Start: []string{"c.service"}, Systemd: true})
	if got := told(&h); !strings.Contains(strings.Join(got, "\n"), "start: c.service") || strings.Contains(strings.Join(got, "\n"), "restart: a.service") {
		t.Errorf("what the dry run says does not take the place of what was predicted: %s", got)
	}
}

func TestInhibitors(t *testing.T) {
	parts, err := ParseInhibitors([]byte(`{"dbus": "broker", "init": ["a", 1], "x": null}`))
	if diff := cmp.Diff(map[string]string{"dbus": "broker", "init": "a 1", "x": ""}, parts); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := ParseInhibitors([]byte("/nix/store/x\n")); err == nil {
		t.Error("no error of a file of another form")
	}
}

const dryRun = `would stop the following units: a.service, nscd.service, old.timer
would NOT stop the following changed units: display-manager.service, user@.service
would activate the configuration...
setting up /etc...
would restart systemd
would reload the following units: dbus.service
would restart the following units: polkit.service, dev-disk-by\x2did.swap
would start the following units: a.service, nscd.service, new.service
would start the following units: $(reboot), ../x.service, new2.service
Pre-switch check 'switchInhibitors' failed
`

func TestParseDryRun(t *testing.T) {
	want := &Activation{
		Stop: []string{"old.timer"}, Restart: []string{"a.service", `dev-disk-by\x2did.swap`, "nscd.service", "polkit.service"},
		Reload: []string{"dbus.service"}, Start: []string{"new.service", "new2.service"},
		Keep: []string{"display-manager.service", "user@.service"}, Systemd: true, DryRun: true, Failed: []string{"switchInhibitors"},
	}
	if diff := cmp.Diff(want, ParseDryRun(dryRun)); diff != "" {
		t.Error(diff)
	}
}

// FuzzParseDryRun wants only names of units, each once and for one thing.
func FuzzParseDryRun(f *testing.F) {
	f.Add(dryRun)
	f.Add("would stop the following units: \x1b[31m, a\x00b, -, .")
	f.Fuzz(func(t *testing.T, output string) {
		a := ParseDryRun(output)
		seen := map[string]bool{}
		for _, units := range [][]string{a.Stop, a.Start, a.Restart} {
			for _, u := range units {
				if !unitName.MatchString(u) || seen[u] {
					t.Errorf("%q", u)
				}
				seen[u] = true
			}
		}
	})
}

func TestPackages(t *testing.T) {
	path := func(names ...string) []string {
		var all []string
		for i, n := range names {
			all = append(all, fmt.Sprintf("/nix/store/%032d-%s", i, n))
		}
		return all
	}
	got := Packages(path("openssl-3.0.1", "openssl-3.0.1-bin", "bash-5.2p1", "gone", "ca-certificates-2024", "python3.11-yaml-6.0", "same-1"),
		path("x", "openssl-3.0.2", "openssl-3.0.2-bin", "bash-5.2p1", "new-2", "python3.11-yaml-6.1", "same-1", "ca-certificates-2024"))
	var lines []string
	for _, p := range got {
		lines = append(lines, p.String())
	}
	want := []string{"-gone", "+new 2", "openssl 3.0.1 -> 3.0.2", "python3.11-yaml 6.0 -> 6.1", "+x"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

const (
	drvTop   = "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-top.drv"
	drvTool  = "/nix/store/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-tool-1.0.drv"
	drvFetch = "/nix/store/cccccccccccccccccccccccccccccccc-tool-1.0.tar.gz.drv"
)

// derivations are texts of derivations as Nix writes them, in ATerm.
func derivations() map[string]string {
	drv := func(out, hash, inputs string) string {
		return fmt.Sprintf(`Derive([("out","%s",%s)],[%s],[],"x86_64-linux","/bin/sh",[],[("name","x"),("out","%s")])`, out, hash, inputs, out)
	}
	return map[string]string{
		drvTop:   drv("/nix/store/dddddddddddddddddddddddddddddddd-top", `"",""`, `("`+drvTool+`",["out"])`),
		drvTool:  drv("/nix/store/ffffffffffffffffffffffffffffffff-tool-1.0", `"",""`, `("`+drvFetch+`",["out"])`),
		drvFetch: drv("/nix/store/gggggggggggggggggggggggggggggggg-tool-1.0.tar.gz", `"sha256","`+strings.Repeat("0", 64)+`"`, ""),
	}
}

func TestInputs(t *testing.T) {
	texts := derivations()
	open := func(path string) (io.ReadCloser, error) {
		text, ok := texts[path]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
	got, err := Inputs(drvTop, open)
	if diff := cmp.Diff([]string{drvTop, drvTool}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	texts[drvTool] = "Derive("
	if _, err := Inputs(drvTop, open); err == nil || !strings.Contains(err.Error(), drvTool) {
		t.Errorf("got %v, want an error that names the derivation", err)
	}
	delete(texts, drvFetch)
	texts[drvTool] = derivations()[drvTool]
	if _, err := Inputs(drvTop, open); err == nil {
		t.Error("no error of a derivation that is not there")
	}
}
