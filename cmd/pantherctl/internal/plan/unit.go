package plan

import (
	"maps"
	"slices"
	"strings"
)

// An Activation is what becomes of units when the system is switched.
type Activation struct {
	Stop    []string `json:"stop"`
	Restart []string `json:"restart"`
	Reload  []string `json:"reload"`
	Start   []string `json:"start"`
	Keep    []string `json:"keep"`    // changed, and left running as they are
	Systemd bool     `json:"systemd"` // starts itself anew
	DryRun  bool     `json:"dry_run"` // switch-to-configuration said so; else it is predicted from the units' texts
	Failed  []string `json:"failed"`  // checks before the switch, by name
}

// unit is the sections of a unit file, and the values of each setting.
type unit map[string]map[string][]string

// parseUnit reads a unit file: systemd.syntax(7). An empty value clears what
// was before it.
func parseUnit(text string) unit {
	u, section := unit{}, ""
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			if u[section] == nil {
				u[section] = map[string][]string{}
			}
			key, value, _ := strings.Cut(line, "=")
			key, value = strings.TrimSpace(key), strings.TrimSpace(value)
			if value == "" {
				u[section][key] = nil
				continue
			}
			u[section][key] = append(u[section][key], value)
		}
	}
	return u
}

// last returns the value that counts of a setting with one.
func (u unit) last(section, key string) string {
	values := u[section][key]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func (u unit) is(section, key string, absent bool) bool {
	switch strings.ToLower(u.last(section, key)) {
	case "yes", "true", "on", "1":
		return true
	case "":
		return absent
	}
	return false
}

// quiet are settings of [Unit] whose change restarts nothing:
// switch-to-configuration of NixOS.
func quiet() []string {
	return []string{
		"X-Reload-Triggers", "Description", "Documentation", "OnFailure", "OnSuccess", "OnFailureJobMode", "IgnoreOnIsolate",
		"StopWhenUnneeded", "RefuseManualStart", "RefuseManualStop", "AllowIsolate", "CollectMode", "SourcePath",
	}
}

// difference is what switch-to-configuration makes of two texts of a unit.
type difference int

const (
	same difference = iota
	reloads
	restarts
)

// differ compares units as switch-to-configuration does: [Install] and some
// settings count for nothing, others ask for a reload alone.
func differ(old, new unit) difference {
	found := same
	for _, section := range union(old, new) {
		if section == "Install" {
			continue
		}
		for _, key := range union(old[section], new[section]) {
			if slices.Equal(old[section][key], new[section][key]) {
				continue
			}
			switch {
			case section == "Unit" && key == "X-Reload-Triggers", section == "Mount" && key == "Options":
				found = max(found, reloads)
			case section == "Unit" && slices.Contains(quiet(), key):
			default:
				return restarts
			}
		}
	}
	return found
}

// predict says what happens to units that run, from their texts.
func predict(old, new map[string]string) *Activation {
	a := &Activation{}
	for _, name := range union(old, new) {
		was, existed := old[name]
		is, exists := new[name]
		switch {
		case passive(name):
		case !existed:
			a.Start = append(a.Start, name)
		case !exists:
			a.Stop = append(a.Stop, name)
		case was != is:
			a.changed(name, parseUnit(was), parseUnit(is))
		}
	}
	return a
}

// passive reports whether switch-to-configuration leaves changed units of a
// kind alone.
func passive(name string) bool {
	return slices.ContainsFunc([]string{".path", ".slice", ".target", ".device"}, func(kind string) bool { return strings.HasSuffix(name, kind) })
}

func (a *Activation) changed(name string, old, new unit) {
	d := differ(old, new)
	mount := strings.HasSuffix(name, ".mount")
	switch {
	case d == same, strings.HasSuffix(name, ".socket"), name == "dbus.service", name == "dbus-broker.service":
	case d == reloads, mount && (name == "-.mount" || name == "nix.mount"), new.is("Service", "X-ReloadIfChanged", false):
		a.Reload = append(a.Reload, name)
	case !mount && (!new.is("Service", "X-RestartIfChanged", true) || new.is("Unit", "RefuseManualStop", false) || new.is("Unit", "X-OnlyManualStart", false)):
		a.Keep = append(a.Keep, name)
	default:
		a.Restart = append(a.Restart, name)
	}
}

// changes tells an activation, one line for each thing that happens.
func (a *Activation) changes() []Change {
	var all []Change
	add := func(what string, units []string, note string) {
		if len(units) > 0 {
			all = append(all, Change{Mark: Neutral, Area: AreaUnit, Object: what, New: list(units), Note: note})
		}
	}
	add("stop", a.Stop, "")
	add("restart", a.Restart, "")
	add("reload", a.Reload, "")
	if a.DryRun {
		add("start", a.Start, "")
	} else {
		add("new", a.Start, "started if something wants them")
	}
	add("changed and left running", a.Keep, "")
	if a.Systemd {
		add("restart", []string{"systemd itself"}, "")
	}
	return all
}

// sandboxes compares what units of both systems may do: systemd.exec(5).
func (c *comparison) sandboxes(old, new map[string]string) {
	scales := sandboxScales()
	for _, name := range union(old, new) {
		if old[name] == "" || new[name] == "" || old[name] == new[name] {
			continue
		}
		was, is := parseUnit(old[name]), parseUnit(new[name])
		for _, key := range slices.Sorted(maps.Keys(scales)) {
			o, n := strings.Join(was["Service"][key], " "), strings.Join(is["Service"][key], " ")
			if o != n {
				c.judged(scales[key], AreaSandbox, strings.TrimSuffix(name, ".service")+": "+key, o, n)
			}
		}
	}
}

// sandboxScales are the settings that bound what a service may do.
func sandboxScales() map[string]scale {
	scales := map[string]scale{
		"ProtectSystem":           ranked("no", "strict", "full", "yes|true", "no|false"),
		"ProtectHome":             ranked("no", "yes|true|tmpfs", "read-only", "no|false"),
		"ProtectProc":             ranked("default", "noaccess", "invisible", "ptraceable", "default"),
		"ProcSubset":              ranked("all", "pid", "all"),
		"DevicePolicy":            ranked("auto", "strict", "closed", "auto"),
		"CapabilityBoundingSet":   only(" "),
		"RestrictAddressFamilies": only(" "),
		"AmbientCapabilities":     granted,
		"ReadWritePaths":          granted,
		"BindPaths":               granted,
		"SupplementaryGroups":     granted,
		"DeviceAllow":             granted,
		"IPAddressAllow":          granted,
		"IPAddressDeny":           refused,
		"InaccessiblePaths":       refused,
		"ReadOnlyPaths":           refused,
		"SystemCallFilter":        filter,
		"RestrictNamespaces":      filter,
		"Group":                   neutral,
	}
	for _, key := range []string{
		"DynamicUser", "LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges", "PrivateDevices", "PrivateIPC", "PrivateMounts",
		"PrivateNetwork", "PrivateTmp", "PrivateUsers", "ProtectClock", "ProtectControlGroups", "ProtectHostname", "ProtectKernelLogs",
		"ProtectKernelModules", "ProtectKernelTunables", "RemoveIPC", "RestrictRealtime", "RestrictSUIDSGID",
	} {
		scales[key] = ranked("no", "yes|true|on|1|strict|disconnected|identity|self", "no|false|off|0")
	}
	scales["User"] = serviceUser
	return scales
}

// serviceUser judges whom a service runs as; without a name it is root.
func serviceUser(old, new string) Mark {
	root := func(s string) bool { return s == "" || s == "root" || s == "0" }
	switch {
	case root(new) && !root(old):
		return Widens
	case root(old) && !root(new):
		return Narrows
	}
	return Neutral
}

// filter judges a filter by whether there is one.
func filter(old, new string) Mark {
	switch {
	case old == "":
		return Narrows
	case new == "":
		return Widens
	}
	return Neutral
}
