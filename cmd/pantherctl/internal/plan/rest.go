package plan

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// toldElsewhere are the facts that other comparisons tell, and those that mean
// nothing to who approves a plan. A star stands for one name.
func toldElsewhere() []string {
	return []string{
		"hostName", "release", "stateVersion", "assertions", "warnings", "sshd", "users", "sudo", "firewall",
		"nftables/enable", "nftables/ruleset", "nftables/tables", "network/enableIPv6", "network/nat/enable", "network/nat/externalInterface",
		"network/nat/internalInterfaces", "kernel/blacklistedKernelModules", "kernel/extraModprobeConfig", "kernel/kernelParams",
		"kernel/lockModules", "kernel/modules", "kernel/protectImage", "kernel/sysctl", "kernel/systemdSysctl", "tailscale", "fail2ban", "appArmor", "persistence", "age", "notified", "options", "system", "state",
		"ssh/knownHosts", "ssh/startAgent",
		"remoteUnlock/authorizedKeys", "remoteUnlock/hostKeys", "remoteUnlock/port", "remoteUnlock/config",
		"boot/editor", "boot/emergencyMode", "boot/initrdEmergencyAccess", "boot/luks", "boot/shmOptions", "boot/systemdBoot", "boot/systemdInitrd",
		"secureBoot/enable", "secureBoot/allowUnsigned", "secureBoot/enroll", "secureBoot/microsoftKeys",
		"fileSystems/*/fsType", "fileSystems/*/options", "onepassword/paths", "backups/*/paths", "backups/*/timerConfig",
		"upgrade/enable", "upgrade/allowReboot", "upgrade/dates", "upgrade/flags", "upgrade/script", "journal/text",
		"audit/enable", "audit/daemon", "audit/rules", "metrics/listenAddress", "metrics/port",
	}
}

// rest tells what differs of the facts that nothing else tells, so that none
// changes in silence. Sandboxes and open ports are judged, all else is not.
func rest(c *comparison) {
	w := &walker{c, toldElsewhere(), sandboxScales()}
	if c.old.System != nil && c.new.System != nil { // whose texts of units say more
		w.told = append(w.told, "timers", "units")
	}
	w.walk("", reflect.ValueOf(c.old).Elem(), reflect.ValueOf(c.new).Elem())
}

// walker compares values of one type, part by part.
type walker struct {
	*comparison
	told   []string
	scales map[string]scale
}

func (w *walker) walk(at string, old, new reflect.Value) {
	if slices.ContainsFunc(w.told, func(p string) bool { ok, _ := path.Match(p, at); return ok }) {
		return
	}
	switch old.Kind() {
	case reflect.Pointer, reflect.Interface:
		w.behind(at, old, new)
	case reflect.Struct:
		for i := range old.NumField() {
			field := old.Type().Field(i)
			below := at
			if !field.Anonymous {
				below = path.Join(at, facts.Spelling(field.Name))
			}
			w.walk(below, old.Field(i), new.Field(i))
		}
	case reflect.Map:
		w.maps(at, old, new)
	case reflect.Slice:
		added := Neutral
		if base := path.Base(at); strings.HasPrefix(base, "allowed") || strings.Contains(base, "apabilities") {
			added = Widens
		}
		w.set(added, AreaService, name(at), words(old), words(new))
	default:
		w.leaf(at, text(old.Interface()), text(new.Interface()))
	}
}

// behind compares what pointers and interfaces hold.
func (w *walker) behind(at string, old, new reflect.Value) {
	switch {
	case old.IsNil() && new.IsNil():
	case slices.Contains([]string{"metrics", "remoteUnlock", "secureBoot"}, at) && (old.IsNil() || new.IsNil()): // told by themselves
	case old.IsNil() || new.IsNil(), old.Elem().Type() != new.Elem().Type():
		w.leaf(at, brief(old), brief(new))
	default:
		w.walk(at, old.Elem(), new.Elem())
	}
}

// maps compares sets: what is in one of them only is one object.
func (w *walker) maps(at string, old, new reflect.Value) {
	keys := map[string]bool{}
	for _, v := range []reflect.Value{old, new} {
		for _, k := range v.MapKeys() {
			keys[k.String()] = true
		}
	}
	for _, key := range union(keys, nil) {
		k := reflect.ValueOf(key)
		o, n := old.MapIndex(k), new.MapIndex(k)
		if o.IsValid() && n.IsValid() {
			w.walk(at+"/"+key, o, n)
			continue
		}
		w.leaf(at+"/"+key, brief(o), brief(n))
	}
}

// leaf tells a value; of a text of several lines, those that differ.
func (w *walker) leaf(at, old, new string) {
	if plain(old) == plain(new) {
		return
	}
	if strings.Contains(old, "\n") && strings.Contains(new, "\n") {
		o, n := lines(plain(old)), lines(plain(new))
		w.set(Neutral, AreaService, name(at), o, n)
		return
	}
	switch judge := w.scales[path.Base(at)]; {
	case judge != nil:
		w.add(judge(old, new), AreaSandbox, name(at), old, new)
	case path.Base(at) == "openFirewall":
		w.add(ranked("false", "false", "true")(old, new), AreaService, name(at), old, new)
	default:
		w.add(Neutral, AreaService, name(at), old, new, unjudged)
	}
}

// brief is a value in one line: of a set only that it is there.
func brief(v reflect.Value) string {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case !v.IsValid(), (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil():
		return ""
	case v.Kind() == reflect.Struct, v.Kind() == reflect.Map:
		return "there"
	case v.Kind() == reflect.Slice:
		return list(words(v))
	}
	return text(v.Interface())
}

// words are the elements of a list.
func words(v reflect.Value) []string {
	var all []string
	for i := range v.Len() {
		all = append(all, plain(text(v.Index(i).Interface())))
	}
	return all
}

// name is a path as people read it.
func name(at string) string { return strings.ReplaceAll(strings.TrimPrefix(at, "/"), "/", ".") }
