package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/live"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// stale tells of each host whether the generated folder is what the document
// makes. A file that all hosts share counts for each.
func (o *auditOptions) stale(fleet *policy.Fleet) func(host string) live.Link {
	unknown := func(string) live.Link { return live.Unknown }
	root, err := os.OpenRoot(o.dir)
	if err != nil {
		return unknown
	}
	defer root.Close() // only read
	files, err := gen.Generate(fleet, filepath.Base(o.name()), nil)
	if err != nil {
		return unknown
	}
	changes, err := gen.Plan(root.FS(), files, nil)
	if err != nil {
		return unknown
	}
	changed, all := map[string]bool{}, false
	mark := func(path string) {
		if below, ok := strings.CutPrefix(path, "hosts/"); ok {
			host, _, _ := strings.Cut(below, "/")
			changed[host] = true
		} else if strings.HasPrefix(path, "modules/") {
			all = true
		}
	}
	for _, f := range changes.Write {
		mark(f.Path)
	}
	for _, c := range changes.Conflicts {
		mark(c.Path)
	}
	for _, path := range changes.Remove {
		mark(path)
	}
	return func(host string) live.Link {
		if all || changed[host] {
			return live.Broken
		}
		return live.Holds
	}
}

// toplevel is the system that the flake makes of a host, "" if Nix does not
// say.
func (o *auditOptions) toplevel(ctx context.Context, host string) string {
	nix, err := o.nix()
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	out, err := nix.Eval(ctx, o.flake+"#nixosConfigurations."+host+".config.system.build.toplevel", "system: system.outPath")
	var path string
	if err != nil || json.Unmarshal(out, &path) != nil {
		return ""
	}
	return path
}
