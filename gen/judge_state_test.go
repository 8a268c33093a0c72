package gen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// preserved is one item that preservation keeps.
type preserved struct {
	Path, How, Mode, ParentMode string
	ConfigureParent, InInitrd   bool
}

// wiped is the document of a host whose root is wiped, in the given way.
func wiped(root, by string) string {
	return `version: 1
fleet: f
nixos: "26.05"
users:
  admin: { admin: true, keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq }
hosts:
  box:
    system: x86_64-linux
    level: server
    interfaces: { eth0: lan }
    persistence: { enable: true, by: ` + by + `, ` + root + `, directories: [/var/lib/private/app, /var/lib/app], files: [/etc/app.key, /root/.netrc] }
`
}

// TestKeepers: both modules keep the same, whichever way the root is wiped.
func TestKeepers(t *testing.T) {
	for _, root := range []string{"root: tmpfs", "root: btrfs, device: /dev/mapper/crypt-root", "root: zfs, dataset: rpool/root@blank"} {
		t.Run(root, func(t *testing.T) {
			kept := map[string]any{}
			for _, by := range []string{"impermanence", "preservation"} {
				f := parseFacts(t, evaluate(t, filesOf(t, wiped(root, by)), "kernel.double.nix"))["box"]
				for _, text := range append(f.Assertions, f.Warnings...) {
					t.Errorf("%s: %s", by, text)
				}
				kept[by] = f.Persistence
				if wipes := f.Boot.Wipe != ""; wipes == (root == "root: tmpfs") {
					t.Errorf("%s: does a unit wipe the root? %t", by, wipes)
				}
				if f.Boot.Wipe != "" && !f.Boot.SystemdInitrd {
					t.Errorf("%s: the unit that wipes the root never runs", by)
				}
			}
			if diff := cmp.Diff(kept["impermanence"], kept["preservation"]); diff != "" {
				t.Errorf("(-impermanence +preservation)\n%s", diff)
			}
		})
	}
}

// TestPreservation wants the traps of preservation avoided: what is needed in
// the initrd is there, a file keeps its mode, and no parent is opened.
func TestPreservation(t *testing.T) {
	f := parseFacts(t, evaluate(t, filesOf(t, wiped("root: tmpfs", "preservation")), "kernel.double.nix"))["box"]
	found := map[string]preserved{}
	for _, p := range append(f.Preservation.Directories, f.Preservation.Files...) {
		found[p.Path] = p
	}
	for path, want := range map[string]preserved{
		"/etc/machine-id":      {How: "symlink", Mode: "0644", InInitrd: true, ConfigureParent: true, ParentMode: "0755"},
		"/var/lib/nixos":       {How: "bindmount", Mode: "0755", InInitrd: true},
		"/var/lib/app":         {How: "bindmount", Mode: ":0755"},
		"/var/lib/private/app": {How: "bindmount", Mode: ":0755", ConfigureParent: true, ParentMode: "0700"},
		"/etc/app.key":         {How: "symlink", Mode: "0644", ConfigureParent: true, ParentMode: "0755"},
		"/root/.netrc":         {How: "symlink", Mode: "0644", ConfigureParent: true, ParentMode: "0700"},
	} {
		want.Path = path
		if diff := cmp.Diff(want, found[path]); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// TestPreservedOwner has systemd-tmpfiles set up a folder that a service made
// private: it stays so, and a missing one is made.
func TestPreservedOwner(t *testing.T) {
	tmpfiles, root := tool(t, "systemd-tmpfiles"), t.TempDir()
	for _, dir := range []string{"etc", "there"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"passwd": "root:x:0:0::/root:/bin/sh\n", "group": "root:x:0:\n"} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	rules := "d /there :0755 :root :root\nd /made :0755 :root :root\nd /taken 0755 - -\n"
	if _, err := run(t, tmpfiles, "--create", "--root="+root, write(t, "keep.conf", rules)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"there": 0o700, "made": 0o755, "taken": 0o755} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", name, info, err, want)
		}
	}
}

// TestWipe wants each root wiped in the initrd, before it is mounted and after a
// resume. That systemd reads the unit is for TestUnits.
func TestWipe(t *testing.T) {
	units := 0
	for _, e := range examples() {
		for host, f := range e.facts(t) {
			if f.Boot.Wipe == "" {
				continue
			}
			units++
			t.Run(e.name+"/"+host, func(t *testing.T) {
				for _, line := range []string{"DefaultDependencies=no", "Before=sysroot.mount", "Requires=initrd-root-device.target"} {
					if !strings.Contains(f.Boot.Wipe, line+"\n") {
						t.Errorf("%s is missing:\n%s", line, f.Boot.Wipe)
					}
				}
				if !regexp.MustCompile(`(?m)^After=.*\blocal-fs-pre\.target\b`).MatchString(f.Boot.Wipe) {
					t.Error("the root is wiped before a resume from hibernation")
				}
			})
		}
	}
	if units == 0 {
		t.Error("no host wipes its root")
	}
}
