package option

import (
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// tables visits every row of both tables.
func tables(visit func(row)) {
	for _, source := range []string{table, releases} {
		for line := range strings.Lines(source) {
			visit(parseRow(strings.TrimSuffix(line, "\n")))
		}
	}
}

func TestTablesSorted(t *testing.T) {
	for name, source := range map[string]string{"table": table, "releases": releases} {
		last := ""
		for line := range strings.Lines(source) {
			path, _, _ := strings.Cut(line, "\t")
			if path+"\t" < last {
				t.Errorf("%s.txt: %s is out of order", name, path)
			}
			last = path + "\t"
		}
	}
}

// Every description must be read: what is not understood is not checked.
func TestTypesKnown(t *testing.T) {
	count := 0
	tables(func(r row) {
		if r.typ == "-" {
			return
		}
		count++
		if _, err := ParseType(r.typ); err != nil {
			t.Errorf("%s: %v", r.path, err)
		}
	})
	t.Logf("%d types read", count)
}

// Whoever reads a release in the tables must be able to compare it, to find the
// source of the claim, and to find what replaces an option.
func TestReleasesSourced(t *testing.T) {
	for line := range strings.Lines(releases) {
		r := parseRow(strings.TrimSuffix(line, "\n"))
		if r.source == "" {
			t.Errorf("%s: no source", r.path)
		}
		for _, release := range []Release{r.since, r.until} {
			if release != "" && !release.known() {
				t.Errorf("%s: unknown release %s", r.path, release)
			}
		}
		if r.use == "" || strings.Contains(r.use, "<name>") {
			continue
		}
		if _, err := find(nix.Path(r.use), R2611); err != nil && r.use != "services.dnscrypt-proxy" {
			t.Errorf("%s: use: %v", r.path, err)
		}
	}
}

// An option without a type of its own must take it from the table.
func TestTypesPresent(t *testing.T) {
	tables(func(r row) {
		for _, full := range declared(r.path) {
			if full.typ == "-" && !full.alias && !full.set {
				t.Errorf("%s: no type", full.path)
			}
		}
	})
}

// Every option must be found under its own path, and every place that may hold
// anything must exist.
func TestEveryRowFound(t *testing.T) {
	tables(func(r row) {
		if r.alias || strings.Contains(r.path, `"`) {
			return
		}
		n, err := find(nix.Path(r.path), R2611)
		if err != nil && !strings.Contains(err.Error(), "old name") {
			t.Error(err)
		}
		if err == nil && n.key != r.path {
			t.Errorf("%s was found as %s", r.path, n.key)
		}
	})
	for _, key := range []string{
		"_module.args", "boot.kernelPackages", "boot.kernelPatches.*.structuredExtraConfig",
		"containers.<name>.specialArgs", "disko.devices.disk.<name>.content", "nixpkgs.config",
	} {
		if _, ok := unchecked(key); !ok {
			t.Errorf("%s is not listed", key)
		}
		if declared(key) == nil {
			t.Errorf("%s is listed but not declared", key)
		}
	}
}

// The options whose type says nothing can not be written; they are few and
// known, so that a new one is a decision.
func TestOpaque(t *testing.T) {
	allowed := []string{
		"boot.loader.systemd-boot.installDeviceTree", "restartTriggers", "services.displayManager.environment",
		"services.nginx.sso.configuration", "services.samba.shares", "services.suricata.settings.vars", "system.build",
		"lib", "ids",
	}
	tables(func(r row) {
		if r.alias || r.set || r.typ == "-" || !typeOf(declared(r.path)[0]).has(Opaque) || r.readOnly {
			return
		}
		for _, name := range allowed {
			if strings.Contains(r.path, name) {
				return
			}
		}
		t.Errorf("%s has the type %q: list it in unchecked, or give it a type in releases.txt", r.path, r.typ)
	})
}

func BenchmarkLookup(b *testing.B) {
	paths := make([]nix.AttrPath, 0, 100)
	for line := range strings.Lines(table) {
		if len(paths) < cap(paths) && len(line)%7 == 0 && !strings.Contains(line, "alias") {
			path, _, _ := strings.Cut(line, "\t")
			paths = append(paths, nix.Path(path))
		}
	}
	b.ReportAllocs()
	for b.Loop() { // 100 lookups
		for _, p := range paths {
			if _, err := Lookup(p); err != nil {
				b.Fatal(err)
			}
		}
	}
}
