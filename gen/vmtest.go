package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/nixmodules"
	"github.com/pantherctl/pantherctl/schema"
)

// testsFolder holds the NixOS tests: files that people wrote, and what a policy
// says as values for them, a file for each host.
const testsFolder = "tests/"

// kernelsFile holds what kernels are to be like, once for each kind of host.
const kernelsFile = testsFolder + "kernels.nix"

// maxFleet is how many hosts one test can hold at once.
const maxFleet = 32

// FleetTest names the NixOS test of all hosts together, "" if the fleet has
// none: fewer than two with a firewall, or more than fit one machine.
func FleetTest(f *policy.Fleet) string {
	hosts := 0
	for _, h := range f.Hosts {
		if h.Firewall.Mode.V == schema.Generate {
			hosts++
		}
	}
	if hosts < 2 || hosts > maxFleet {
		return ""
	}
	return "fleet"
}

// Tests names the NixOS tests that a host has, as HOST-KIND among the checks:
// network, ssh, boot, persistence, secrets, unlock.
func Tests(h *policy.Host) []string {
	var names []string
	for _, b := range testData(h, "", 0) {
		if name := b.Path[0]; name != "kernel" {
			names = append(names, h.Name+"-"+name)
		}
	}
	return names
}

// tests returns the files of the hosts' tests.
func (g *generator) tests(fleet *policy.Fleet, wanted []*policy.Host) ([]File, error) {
	var files []File
	for _, f := range nixmodules.Tests() {
		files = append(files, File{testsFolder + f.Name, f.Data})
	}
	kernels, of, err := g.kernels(fleet)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kernelsFile, err)
	}
	files = append(files, File{kernelsFile, kernels})
	places := make(map[*policy.Host]int, len(fleet.Hosts))
	for i, h := range fleet.Hosts {
		places[h] = i
	}
	data := make([]File, len(wanted))
	err = inParallel(len(wanted), func(i int) error {
		h := wanted[i]
		name := testsFolder + "hosts/" + h.Name + ".nix"
		values := testData(h, of[h.Hardening], places[h])
		if len(values) == 0 {
			return nil // all of it is written by somebody else
		}
		text, err := g.print(&nix.File{Body: values})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		data[i] = File{name, text}
		return nil
	})
	return append(files, slices.DeleteFunc(data, func(f File) bool { return f.Path == "" })...), err
}

// kernels returns the file of what kernels are to be like, by the first host
// of each kind, and the name of each.
func (g *generator) kernels(fleet *policy.Fleet) ([]byte, map[*policy.Hardening]string, error) {
	names, byHash := map[*policy.Hardening]string{}, map[[32]byte]string{}
	body := nix.AttrSet{}
	for _, h := range fleet.Hosts {
		if names[h.Hardening] != "" {
			continue
		}
		data := kernelData(h.Hardening)
		hash := (&nix.File{Body: data}).Hash()
		if byHash[hash] == "" {
			byHash[hash] = h.Name
			body = append(body, nix.Binding{Path: nix.AttrPath{h.Name}, Value: data, Blank: len(body) > 0})
		}
		names[h.Hardening] = byHash[hash]
	}
	text, err := g.print(&nix.File{Body: body})
	return text, names, err
}

// rebind binds a name, anew if it is bound already.
func rebind(set *nix.AttrSet, name string, value nix.Expr) {
	i := slices.IndexFunc(*set, func(b nix.Binding) bool { return b.Path[0] == name })
	if i >= 0 {
		(*set)[i].Value = value
		return
	}
	*set = append(*set, nix.Binding{Path: nix.AttrPath{name}, Value: value})
}

func kernelData(k *policy.Hardening) nix.AttrSet {
	params, sysctl, blocked := nix.AttrSet{}, nix.AttrSet{}, []string{}
	for _, p := range k.Params {
		rebind(&params, p.Text(), nix.String(p.SinceKernel))
	}
	for _, s := range k.Sysctls {
		sysctl = append(sysctl, nix.Binding{Path: nix.AttrPath{s.Key}, Value: nix.String(s.Text.Text)})
	}
	for _, b := range k.Blocked {
		blocked = append(blocked, b.Modules...)
	}
	return nix.AttrSet{
		nix.Bind("parameters", params, "and the first kernel that knows them"),
		nix.Bind("sysctl", sysctl),
		nix.Bind("blocked", nix.Strings(blocked...)),
		nix.Bind("locked", nix.Bool(k.Locked)),
	}
}

// testData are the values of a host's tests, each under the name of the script
// that reads it. place is that of the host in the fleet.
func testData(h *policy.Host, kernel string, place int) nix.AttrSet {
	data := nix.AttrSet{}
	add := func(name string, has bool, values nix.AttrSet) {
		if has {
			bind(&data, nix.AttrPath{name}, values)
		}
	}
	if h.Kernel.Mode.V == schema.Generate {
		data = append(data, nix.Bind("kernel", nix.String(kernel), "its name in kernels.nix"))
	}
	add("network", h.Firewall.Mode.V == schema.Generate, networkData(h, place))
	add("ssh", h.SSH.Mode.V == schema.Generate && h.SSH.Enable.V, sshData(h))
	add("boot", h.Kernel.Mode.V == schema.Generate, nix.AttrSet{
		nix.Bind("sandboxed", nix.Strings(sandboxed(h)...)),
		nix.Bind("audit", nix.Bool(h.Audit.Mode.V == schema.Generate && h.Audit.Enable.V)),
	})
	add("persistence", h.Persistence.Mode.V == schema.Generate && h.Persistence.Enable.V, nix.AttrSet{
		nix.Bind("mount", nix.String(h.Persistence.Path.V)),
		nix.Bind("kept", keptData(h)),
	})
	secrets := secretData(h)
	add("secrets", len(secrets) > 0, secrets)
	if h.Disk.Mode.V == schema.Generate && h.Unlocks() {
		add("unlock", true, nix.AttrSet{
			nix.Bind("port", nix.Int(h.Disk.RemoteUnlock.Port.V)),
			nix.Bind("device", nix.String(h.Disk.LUKS.Keys()[0])),
		})
	}
	return data
}

// sandboxed are the units that pantherctl writes itself.
func sandboxed(h *policy.Host) []string {
	units := []string{}
	if h.Notify.Mode.V == schema.Generate && h.Notify.Enable.V {
		units = append(units, "pantherctl-notify.service")
	}
	if h.Integrity.Mode.V == schema.Generate && h.Integrity.Enable.V {
		units = append(units, "pantherctl-integrity.service")
	}
	if h.Selfcheck.Mode.V == schema.Generate && h.Selfcheck.Enable.V {
		units = append(units, "pantherctl-selfcheck.service")
	}
	return units
}

func sshData(h *policy.Host) nix.AttrSet {
	ports, members, others := []int64{}, []string{}, []string{}
	for _, p := range h.SSHPorts() {
		ports = append(ports, int64(p))
	}
	allowed := func(name string) bool {
		return slices.Contains(h.Members, name) &&
			(len(h.SSH.AllowUsers.Items) == 0 || slices.Contains(h.SSH.AllowUsers.Values(), schema.UserName(name)))
	}
	for _, a := range h.Accounts {
		switch {
		case !allowed(a.Name):
			others = append(others, a.Name)
		case !h.FilesOnly(a.Name):
			members = append(members, a.Name)
		}
	}
	if h.SSH.RootLogin.V == "no" {
		others = append(others, "root")
	}
	return nix.AttrSet{
		nix.Bind("ports", nix.Ints(ports...)),
		nix.Bind("members", nix.Strings(members...)),
		nix.Bind("others", nix.Strings(others...)),
		nix.Bind("forwarding", nix.String(h.SSH.TCPForwarding.V)),
		nix.Bind("kex", nix.String(h.SSH.Kex.V)),
	}
}

// keptData says of each path whether it is a file, a directory, or one with a
// mode.
func keptData(h *policy.Host) nix.AttrSet {
	kept := nix.AttrSet{}
	for _, k := range h.State {
		kind := "directory"
		switch {
		case k.File:
			kind = "file"
		case k.Mode != "":
			kind = k.Mode
		}
		kept = append(kept, nix.Binding{Path: nix.AttrPath{k.Path}, Value: nix.String(kind)})
	}
	return kept
}

// secretData are the secrets that agenix decrypts, and who may read them.
func secretData(h *policy.Host) nix.AttrSet {
	secrets := nix.AttrSet{}
	for _, e := range h.Secrets.Entries {
		if policy.SecretProvider(e.Value) == policy.Agenix {
			secrets = append(secrets, nix.Binding{Path: nix.AttrPath{e.Key}, Value: permissions(e.Value)})
		}
	}
	return secrets
}

// networkData are the sides of a host, who is on them, and what gets through.
func networkData(h *policy.Host, place int) nix.AttrSet {
	n := &packetTest{host: h, place: place, ports: triedPorts(h)}
	sides := nix.List{}
	for i, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN, schema.Container} {
		if names := h.InterfacesOf(side); len(names) > 0 {
			sides = append(sides, nix.Element{Value: n.side(side, names[0], i), Blank: true})
		}
	}
	return nix.AttrSet{
		nix.Bind("ports", nix.String(strings.Join(n.ports, " ")), "all that are tried"),
		nix.Bind("sides", sides),
	}
}

// unopened are ports that no document has a reason to open.
var unopened = []schema.Ports{{Protocol: "tcp", First: 9, Last: 9}, {Protocol: "tcp", First: 8080, Last: 8080}, {Protocol: "udp", First: 9, Last: 9}}

// triedPorts are the first and the last port of all that the host speaks of,
// and ports that nobody opens. Those it hands on are not tried: no container
// runs in a test.
func triedPorts(h *policy.Host) []string {
	all := slices.Concat(unopened, h.EgressPorts, ownPorts(h))
	var handedOn []schema.Ports
	for _, o := range h.Openings {
		if o.Container != "" {
			handedOn = append(handedOn, o.Ports...)
		}
		all = append(all, o.Ports...)
	}
	for _, p := range h.SSHPorts() {
		all = append(all, schema.Ports{Protocol: "tcp", First: schema.Port(p), Last: schema.Port(p)})
	}
	var names []string
	for _, p := range all {
		if slices.Contains(handedOn, p) {
			continue
		}
		for _, port := range []schema.Port{p.First, p.Last} {
			names = append(names, p.Protocol+"/"+strconv.Itoa(int(port)))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ownPorts are those of tailscaled, open on every side without an access rule.
func ownPorts(h *policy.Host) []schema.Ports {
	var own []schema.Ports
	t := &h.Tailscale
	if !t.Enable.V || t.Mode.V != schema.Generate {
		return nil
	}
	if t.Direct.V {
		own = append(own, schema.Ports{Protocol: "udp", First: t.Port.V, Last: t.Port.V})
	}
	if t.Relay.V == schema.PeerRelay {
		own = append(own, schema.Ports{Protocol: "udp", First: t.RelayPort.V, Last: t.RelayPort.V})
	}
	return own
}
