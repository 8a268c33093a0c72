package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// system compares what the host is built as: units, and what only a reboot or
// no live switch can bring.
func (c *comparison) system(h *Host) {
	none := &facts.System{}
	old, new := c.old.System, c.new.System
	if old == nil {
		old = none
	}
	if new == nil {
		new = none
	}
	h.Old, h.New, h.Derivation = old.Toplevel, new.Toplevel, new.Derivation
	reboots(h, old, new, c.old.Kernel.KernelParams, c.new.Kernel.KernelParams)
	h.Inhibited = append(h.Inhibited, inhibitors(old.Inhibitors, new.Inhibitors)...)
	if old.Units == nil || new.Units == nil {
		return
	}
	c.sandboxes(old.Units, new.Units)
	h.Activation = predict(old.Units, new.Units)
	c.changes = append(c.changes, h.Activation.changes()...)
}

// reboots says what the running kernel cannot take on.
func reboots(h *Host, old, new *facts.System, oldParams, newParams []string) {
	if old.Kernel != new.Kernel && old.Kernel != "" && new.Kernel != "" {
		h.Reboot = append(h.Reboot, "the kernel: "+pathChange(old.Kernel, new.Kernel))
	}
	if old.Initrd != new.Initrd && old.Initrd != "" && new.Initrd != "" {
		h.Reboot = append(h.Reboot, "the initrd")
	}
	if !slices.Equal(oldParams, newParams) {
		h.Reboot = append(h.Reboot, "the kernel's parameters")
	}
}

// pathChange names two store paths so that they can be told apart.
func pathChange(old, new string) string {
	if o, n := storeName(old), storeName(new); o != n {
		return o + " -> " + n
	}
	return storeName(new) + ", built anew"
}

// ParseInhibitors reads the file switch-inhibitors of a system, JSON of {PART:
// what it is}.
func ParseInhibitors(file []byte) (map[string]string, error) {
	var parts map[string]any
	if err := json.Unmarshal(file, &parts); err != nil {
		return nil, fmt.Errorf("switch-inhibitors is not known: %w", err)
	}
	all := make(map[string]string, len(parts))
	for name, what := range parts {
		all[name] = text(what)
	}
	return all, nil
}

// inhibitors says which parts are in both systems and differ: then NixOS
// refuses to switch a running system, since 26.05.
func inhibitors(old, new map[string]string) []string {
	var why []string
	for _, part := range union(old, new) {
		was, existed := old[part]
		is, exists := new[part]
		if existed && exists && was != is {
			why = append(why, fmt.Sprintf("%s: %s -> %s", part, plain(was), plain(is)))
		}
	}
	return why
}

// storeName is the name of a store path, without its hash and what lies in it.
func storeName(p string) string {
	name := strings.TrimPrefix(p, "/nix/store/")
	name, _, _ = strings.Cut(name, "/")
	if _, rest, ok := strings.Cut(name, "-"); ok && name != p {
		return rest
	}
	return name
}

// Activate replaces what was predicted of the units by what
// switch-to-configuration says.
func (h *Host) Activate(a *Activation) {
	h.Activation = a
	h.Changes = slices.DeleteFunc(h.Changes, func(c Change) bool { return c.Area == AreaUnit })
	h.Changes = append(h.Changes, a.changes()...)
}
