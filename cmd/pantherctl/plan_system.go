package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// running returns the store path of the system that a host runs.
func (o *planOptions) running(ctx context.Context, h *policy.Host) (string, error) {
	if o.local {
		path, err := os.Readlink(filepath.Join(o.root, "run/current-system"))
		if err != nil {
			return "", hint(err, "--local is for NixOS; compare with a file: --from FILE")
		}
		return path, checkToplevel(h.Name, path)
	}
	out, err := o.runner.Run(ctx, run.Command{
		Name: "ssh",
		Args: []string{"-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "--", h.Name, "readlink", "/run/current-system"},
	})
	if err != nil {
		return "", hint(fmt.Errorf("%s does not say which system it runs: %w", h.Name, err), "compare with a file: --from FILE, or --local on the host itself")
	}
	path := strings.TrimSpace(string(out))
	return path, checkToplevel(h.Name, path)
}

func checkToplevel(host, path string) error {
	if !plan.IsStorePath(path) {
		return fmt.Errorf("%s runs %q, which is no store path", host, path)
	}
	return nil
}

// keptSystems is of how many systems the facts are kept: some 250 kB each.
const keptSystems = 200

// stateFolder is where the facts of systems are kept, "" for nowhere.
func stateFolder(s *system) string {
	switch state, home := s.getenv("XDG_STATE_HOME"), s.getenv("HOME"); {
	case state != "":
		return filepath.Join(state, "pantherctl", "systems")
	case home != "":
		return filepath.Join(home, ".local", "state", "pantherctl", "systems")
	}
	return ""
}

// keepFacts keeps the facts of a system by its store path, for the day that it
// runs. Where they cannot be kept, the next plan needs --from.
func keepFacts(s *system, toplevel string, text []byte) {
	dir := stateFolder(s)
	if dir == "" || !plan.IsStorePath(toplevel) || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	name := filepath.Join(dir, filepath.Base(toplevel)+".json")
	if writeWhole(name, 0o600, func(w io.Writer) error { _, err := w.Write(text); return err }) == nil {
		prune(dir)
	}
}

// prune removes the oldest files of a folder of facts.
func prune(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) <= keptSystems {
		return
	}
	age := func(e fs.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(age(a), age(b)) })
	for _, e := range entries[:len(entries)-keptSystems] {
		os.Remove(filepath.Join(dir, e.Name()))
	}
}

// keptFacts returns the facts of a system that plan evaluated before.
func keptFacts(s *system, toplevel string) (*facts.Host, error) {
	way := "compare with a file: --from FILE; plan and check --save-facts write one"
	text, err := os.ReadFile(filepath.Join(stateFolder(s), filepath.Base(toplevel)+".json"))
	switch {
	case errors.Is(err, fs.ErrNotExist), stateFolder(s) == "":
		return nil, hint(fmt.Errorf("it runs %s, whose facts were never evaluated here", toplevel), way)
	case err != nil:
		return nil, err
	}
	f, err := facts.Decode(text)
	if err == nil && f.System == nil {
		err = errors.New("they do not name the system")
	}
	if err != nil {
		return nil, hint(fmt.Errorf("the facts kept of %s: %w", toplevel, err), way)
	}
	return f, nil
}

// unitSize is more than any unit file holds.
const unitSize = 1 << 20

// readSystem replaces what was evaluated of a system by what its folder holds,
// where there is one: a built system is what it is.
func readSystem(root, toplevel string, to *facts.System) {
	if !plan.IsStorePath(toplevel) || !exists(filepath.Join(root, toplevel, "nixos-version")) {
		return
	}
	for name, path := range map[string]*string{"kernel": &to.Kernel, "initrd": &to.Initrd} {
		if target, err := os.Readlink(filepath.Join(root, toplevel, name)); err == nil {
			*path = inStore(target)
		}
	}
	if text, err := os.ReadFile(resolve(root, filepath.Join(toplevel, "switch-inhibitors"))); err == nil {
		if parts, err := plan.ParseInhibitors(text); err == nil {
			to.Inhibitors = parts
		}
	}
	if units := readUnits(root, filepath.Join(toplevel, "etc/systemd/system")); len(units) > 0 {
		to.Units = units
	}
}

// inStore cuts what lies within a store path, /nix/store/…-linux/bzImage.
func inStore(path string) string {
	rest, ok := strings.CutPrefix(path, "/nix/store/")
	if !ok {
		return path
	}
	name, _, _ := strings.Cut(rest, "/")
	return "/nix/store/" + name
}

// maxLinks is how many symbolic links Linux follows: path_resolution(7).
const maxLinks = 40

// resolve follows the links of a path as they are meant below a root, which is
// how a system that is mounted elsewhere means them.
func resolve(root, path string) string {
	done := "/"
	left := strings.Split(path, "/")
	for links := 0; len(left) > 0; {
		next := filepath.Join(done, left[0])
		left = left[1:]
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil || links == maxLinks {
			done = next
			continue
		}
		links++
		if filepath.IsAbs(target) {
			done = "/"
		}
		left = append(strings.Split(target, "/"), left...)
	}
	return filepath.Join(root, done)
}

// readUnits reads the unit files of a folder; those masked have no text.
func readUnits(root, dir string) map[string]string {
	entries, err := os.ReadDir(resolve(root, dir))
	if err != nil {
		return nil
	}
	units := map[string]string{}
	for _, e := range entries {
		name := resolve(root, filepath.Join(dir, e.Name()))
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || info.Size() > unitSize {
			continue
		}
		if text, err := os.ReadFile(name); err == nil {
			units[e.Name()] = string(text)
		}
	}
	return units
}

// closure compares what two systems consist of if both are built, or else what
// they are built from; nil if neither is at hand.
func closure(ctx context.Context, nix run.Nix, old, new *facts.System) *plan.Closure {
	if old == nil || new == nil || old.Toplevel == new.Toplevel {
		return nil
	}
	if exists(old.Toplevel) && exists(new.Toplevel) {
		was, err := nix.Closure(ctx, old.Toplevel)
		is, err2 := nix.Closure(ctx, new.Toplevel)
		if err == nil && err2 == nil {
			return &plan.Closure{Packages: plan.Packages(slices.Sorted(maps.Keys(was)), slices.Sorted(maps.Keys(is))), OldBytes: total(was), NewBytes: total(is)}
		}
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(path) }
	was, err := plan.Inputs(old.Derivation, open)
	is, err2 := plan.Inputs(new.Derivation, open)
	if err != nil || err2 != nil {
		return nil
	}
	return &plan.Closure{Packages: plan.Packages(was, is), Inputs: true}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return path != "" && err == nil
}

func total(sizes map[string]int64) int64 {
	var n int64
	for _, size := range sizes {
		n += size
	}
	return n
}
