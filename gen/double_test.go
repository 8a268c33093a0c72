package gen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
)

// doubleSpec is what testdata/driver/double.py runs: a script, and the machines
// it is about.
type doubleSpec struct {
	Machines []doubleMachine `json:"machines"`
	Script   string          `json:"script"`

	Root bool `json:"-"` // takes a real root
}

// doubleMachine is what a machine has in place of a kernel, systemd and a boot
// of its own.
type doubleMachine struct {
	Name     string                `json:"name"`
	Links    []doubleLink          `json:"links"`
	Files    map[string]doubleFile `json:"files"`
	Commands []string              `json:"commands"` // run at each start
	Keep     []string              `json:"keep"`     // directories that survive
	Cmdline  []string              `json:"cmdline"`
	Sysctl   map[string]string     `json:"sysctl"`
	LeftOut  []string              `json:"left_out"` // words of commands that no namespace can do
}

type doubleLink struct {
	Interface string `json:"interface"`
	Segment   string `json:"segment"`
}

type doubleFile struct {
	Text string `json:"text"`
	Mode string `json:"mode,omitempty"`
}

// edit replaces a pattern in a file.
func (m *doubleMachine) edit(path, pattern, replacement string) {
	f := m.Files[path]
	f.Text = regexp.MustCompile(pattern).ReplaceAllString(f.Text, replacement)
	m.Files[path] = f
}

// open adds a rule at the beginning of the input chain.
func (m *doubleMachine) open(rule string) {
	m.Commands = append(m.Commands, "nft insert rule inet nixos-fw input-allow "+rule+" || nft insert rule inet nixos-fw input "+rule)
}

func texted(path, text string) []gen.File { return []gen.File{{Path: path, Data: []byte(text)}} }

// packetValues are what a host's test of the network says.
type packetValues struct {
	Ports string
	Sides []struct {
		Side, Interface string
		Addresses       []string
		Sources         map[string]string
	}
}

func decode[T any](t *testing.T, values any) T {
	t.Helper()
	var v T
	text, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// withData is a script as the driver gets it.
func withData(t *testing.T, kind string, values any) string {
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("DATA = %s\n%s", quoted, scriptText(t, kind))
}

// double is the spec of one host's test: the machine "host" is made of what the
// host evaluates to, never of the values that the script compares with, but for
// what evaluation does not show.
func double(t *testing.T, kind string, values any, f *facts) doubleSpec {
	spec := doubleSpec{Script: withData(t, kind, values)}
	host := doubleMachine{Name: "host", Files: map[string]doubleFile{}}
	switch kind {
	case "network":
		v := decode[packetValues](t, values)
		peer := doubleMachine{Name: "peer", Files: map[string]doubleFile{}}
		firewall(&host, f)
		var near, far []string
		for i, s := range v.Sides {
			segment := fmt.Sprint(i + 1)
			host.Links = append(host.Links, doubleLink{s.Interface, segment})
			peer.Links = append(peer.Links, doubleLink{"eth" + segment, segment})
			near = append(near, s.Addresses...)
			far = slices.AppendSeq(far, maps.Keys(s.Sources))
		}
		traffic(t, &host, near, v.Ports)
		traffic(t, &peer, far, v.Ports)
		spec.Machines = []doubleMachine{host, peer}
		return spec
	case "ssh":
		sshServer(&host, f)
		spec.Root = true
	case "boot":
		started(&host, f)
	case "persistence":
		forgetful(&host, f, values)
	case "secrets":
		decrypted(&host, f)
	case "unlock":
		host.LeftOut = []string{"cryptsetup", "bootctl", "nc -z", "@host", "/dev/mapper"}
		peer := doubleMachine{Name: "peer", LeftOut: host.LeftOut, Files: map[string]doubleFile{"/etc/pantherctl-test/key": {}}}
		spec.Machines = []doubleMachine{host, peer}
		return spec
	}
	spec.Machines = []doubleMachine{host}
	return spec
}

// fleetDouble is the spec of a fleet's test.
func fleetDouble(t *testing.T, networks map[string]any, all map[string]*facts) doubleSpec {
	byHost := decode[map[string]packetValues](t, networks)
	var ports []string
	for _, v := range byHost {
		ports = append(ports, strings.Fields(v.Ports)...)
	}
	slices.Sort(ports)
	tried := strings.Join(slices.Compact(ports), " ")
	spec := doubleSpec{Script: withData(t, "fleet", networks)}
	for _, name := range slices.Sorted(maps.Keys(byHost)) {
		m := doubleMachine{Name: name, Files: map[string]doubleFile{}}
		firewall(&m, all[name])
		var own []string
		for _, s := range byHost[name].Sides {
			m.Links = append(m.Links, doubleLink{s.Interface, s.Side})
			own = append(own, s.Addresses...)
		}
		traffic(t, &m, own, tried)
		spec.Machines = append(spec.Machines, m)
	}
	return spec
}

// firewall gives a machine the ruleset of a host and its settings of the network.
func firewall(m *doubleMachine, f *facts) {
	m.Files["/double/ruleset"] = doubleFile{Text: f.NFTables.Ruleset}
	m.Commands = append(m.Commands, "nft -f /double/ruleset")
	for key, value := range f.sysctls() {
		if !strings.HasPrefix(key, "net.") {
			continue
		}
		// This kernel may not know it, or give it to no namespace.
		m.Commands = append(m.Commands, fmt.Sprintf("for f in /proc/sys/%s; do [ ! -w $f ] || echo '%s' >$f || true; done",
			strings.ReplaceAll(key, ".", "/"), value))
	}
}

// traffic has a machine answer on ports, as default.nix has it.
func traffic(t *testing.T, m *doubleMachine, addresses []string, ports string) {
	m.Files["/etc/traffic.py"] = doubleFile{Text: scriptText(t, "traffic")}
	m.Commands = append(m.Commands,
		"exec python3 /etc/traffic.py listen "+strings.Join(addresses, ",")+" "+ports+" >/dev/null 2>&1 &")
}

// started gives a machine what a kernel and systemd would have made of a host.
func started(m *doubleMachine, f *facts) {
	m.Cmdline, m.Sysctl = f.Kernel.KernelParams, f.sysctls()
	if f.Kernel.LockModules {
		m.Sysctl["kernel.modules_disabled"] = "1" // a unit writes it
	}
	var units strings.Builder
	for name, u := range f.Units {
		for directive, set := range u.Sandbox {
			fmt.Fprintf(&units, "%s.service %s=%s\n", name, directive, map[bool]string{true: "yes", false: "no"}[set])
		}
	}
	m.Files["/double/units"] = doubleFile{Text: units.String()}
	m.Files["/double/failed"] = doubleFile{}
	m.Files["/double/modprobe.conf"] = doubleFile{Text: f.Kernel.ExtraModprobeConfig}
	m.Files["/double/audit-rules"] = doubleFile{Text: strings.Join(f.Audit.Rules, "\n") + "\n"}
	program := func(name, text string) {
		m.Files["/double/bin/"+name] = doubleFile{Text: "#!/bin/sh\n" + text, Mode: "0755"}
	}
	program("modprobe", `for m; do :; done
grep -q "^install $m .*false" /double/modprobe.conf && exit 1
[ ! -e /proc/sys/kernel/modules_disabled ] || ! grep -qx 1 /proc/sys/kernel/modules_disabled
`)
	program("systemctl", `case $1 in
list-units) cat /double/failed ;;
show) sed -n "s/^$5 $4=//p" /double/units ;;
esac
`)
	program("auditctl", `case $1 in
-s) echo enabled 1 ;;
-l) cat /double/audit-rules ;;
esac
`)
}

// sshServer gives a machine a host's real sshd and its accounts. There is no
// PAM, which keys do not need.
func sshServer(m *doubleMachine, f *facts) {
	config := regexp.MustCompile(`(?m)^(HostKey|UsePAM|Banner|PidFile) .*$`).ReplaceAllString(f.SSHD.Config, "")
	m.Files["/double/sshd_config"] = doubleFile{Text: "HostKey /double/host_key\nUsePAM no\n" + config}
	members := map[string][]string{}
	m.Commands = []string{"ssh-keygen -q -t ed25519 -N '' -f /double/host_key"}
	for i, name := range slices.Sorted(maps.Keys(f.Users.Accounts)) {
		a := f.Users.Accounts[name]
		if !a.IsNormalUser {
			continue
		}
		m.Commands = append(m.Commands, fmt.Sprintf("echo '%s:*:%d:100::/home/%[1]s:/bin/bash' >>/etc/passwd; install -d -o %[2]d /home/%[1]s", name, 61000+i))
		for _, group := range a.ExtraGroups {
			members[group] = append(members[group], name)
		}
	}
	for i, group := range slices.Sorted(maps.Keys(members)) {
		m.Commands = append(m.Commands, fmt.Sprintf("echo '%s:x:%d:%s' >>/etc/group", group, 62000+i, strings.Join(members[group], ",")))
	}
	m.Commands = append(m.Commands, "exec sshd -D -f /double/sshd_config >/dev/null 2>&1 &")
}

// forgetful gives a machine a root that is gone at each start but for what a host
// binds from elsewhere. Evaluation does not show the modes of directories: they
// are those of the script's values.
func forgetful(m *doubleMachine, f *facts, values any) {
	var binds strings.Builder
	kinds := values.(map[string]any)["kept"].(map[string]any)
	for mount, p := range f.Persistence {
		m.Keep = append(m.Keep, mount)
		for _, d := range p.Directories {
			mode, ok := kinds[d].(string)
			if !ok || !strings.HasPrefix(mode, "0") {
				mode = "0755"
			}
			fmt.Fprintf(&binds, "mkdir -p %[1]s%[2]s %[2]s && chmod %[3]s %[1]s%[2]s && mount --bind %[1]s%[2]s %[2]s\n", mount, d, mode)
		}
		for _, file := range p.Files {
			fmt.Fprintf(&binds, "mkdir -p $(dirname %[1]s%[2]s) && touch %[1]s%[2]s %[2]s && mount --bind %[1]s%[2]s %[2]s\n", mount, file)
		}
	}
	m.Files["/double/bind"] = doubleFile{Text: "set -e\n" + binds.String()}
	m.Commands = []string{"sh /double/bind"}
}

// decrypted gives a machine the secrets of a host as agenix would leave them.
// Of age itself nothing is here: it refuses every key.
func decrypted(m *doubleMachine, f *facts) {
	m.Files["/double/bin/age"] = doubleFile{Text: "#!/bin/sh\nexit 1\n", Mode: "0755"}
	for name, s := range f.Age.Secrets {
		m.Commands = append(m.Commands, fmt.Sprintf("mkdir -p %s && echo %s >%s && chown %s:%s %[3]s && chmod %[6]s %[3]s",
			"$(dirname "+s.Path+")", name, s.Path, s.Owner, s.Group, s.Mode))
	}
}
