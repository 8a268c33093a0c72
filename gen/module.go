// Package gen turns the policies of a fleet into NixOS modules, and writes
// them.
package gen

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/option"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/nixmodules"
	"github.com/pantherctl/pantherctl/schema"
)

// A File is one generated file.
type File struct {
	Path string // slash-separated, relative to the folder of the fleet
	Data []byte
}

// kernelGates is where the module that kernel.nix imports stands.
const kernelGates = "modules/kernel-gates.nix"

// constant are files that people wrote, copied for the modules that use them.
type constant struct {
	by    string // the concern whose module imports them
	files []File
}

func constants() []constant {
	return []constant{
		{"default", []File{{guardModule, nixmodules.Guard}, {"modules/definitions.nix", nixmodules.Definitions}}},
		{"kernel", []File{{kernelGates, nixmodules.KernelGates}}},
		{"certificates", []File{{certificatesModule, nixmodules.Certificates}, {"modules/certificates.sh", nixmodules.CertificatesScript}}},
		{"notify", []File{{notifyModule, nixmodules.Notify}, {"modules/notify.sh", nixmodules.NotifyScript}}},
		{"backup", []File{{drillModule, nixmodules.RestoreDrill}, {"modules/restore-drill.sh", nixmodules.RestoreDrillScript}}},
		{"upgrade", []File{{confirmModule, nixmodules.UpgradeConfirm}, {"modules/upgrade-confirm.sh", nixmodules.UpgradeConfirmScript}}},
		{"selfcheck", []File{{selfcheckModule, nixmodules.Selfcheck}, {"modules/selfcheck.sh", nixmodules.SelfcheckScript}}},
		{"incident", []File{{lockdownModule, nixmodules.Lockdown}, {"modules/lockdown.sh", nixmodules.LockdownScript}}},
	}
}

// concern is one module of a host.
type concern struct {
	name   string
	mode   func(*policy.Host) schema.Mode
	module func(*policy.Host) *nix.File // nil if the host needs none
	shared func(*policy.Host) any       // what the module depends on, if like hosts share it
}

func concerns() []concern {
	return []concern{
		{"users", func(h *policy.Host) schema.Mode { return h.Settings.Accounts.Mode.V }, users, nil},
		{"network", func(h *policy.Host) schema.Mode { return h.Network.Mode.V }, network, nil},
		{"firewall", func(h *policy.Host) schema.Mode { return h.Firewall.Mode.V }, firewall, nil},
		{"ssh", func(h *policy.Host) schema.Mode { return h.SSH.Mode.V }, ssh, nil},
		{"sshclient", func(h *policy.Host) schema.Mode { return h.SSHClient.Mode.V }, sshclient, nil},
		{"tailscale", func(h *policy.Host) schema.Mode { return h.Tailscale.Mode.V }, tailscale, nil},
		{"secrets", func(*policy.Host) schema.Mode { return schema.Generate }, secrets, nil},
		{"kernel", func(h *policy.Host) schema.Mode { return h.Kernel.Mode.V }, hardening, hardened},
		{"fail2ban", func(h *policy.Host) schema.Mode { return h.Fail2ban.Mode.V }, fail2ban, nil},
		{"apparmor", func(h *policy.Host) schema.Mode { return h.AppArmor.Mode.V }, apparmor, nil},
		{"containers", func(*policy.Host) schema.Mode { return schema.Generate }, containers, nil},
		{"sandbox", func(*policy.Host) schema.Mode { return schema.Generate }, sandbox, nil},
		{"integrity", func(h *policy.Host) schema.Mode { return h.Integrity.Mode.V }, integrity, nil},
		{"persistence", func(h *policy.Host) schema.Mode { return h.Persistence.Mode.V }, persistence, nil},
		{"disk", func(h *policy.Host) schema.Mode { return h.Disk.Mode.V }, disks, nil},
		{"swap", func(h *policy.Host) schema.Mode { return h.Swap.Mode.V }, swap, nil},
		{"time", func(h *policy.Host) schema.Mode { return h.Time.Mode.V }, clock, nil},
		{"backup", func(h *policy.Host) schema.Mode { return h.Backup.Mode.V }, backup, nil},
		{"upgrade", func(h *policy.Host) schema.Mode { return h.Upgrade.Mode.V }, upgrade, nil},
		{"journal", func(h *policy.Host) schema.Mode { return h.Journal.Mode.V }, systemJournal, nil},
		{"wifi", func(h *policy.Host) schema.Mode { return h.Wifi.Mode.V }, wifi, nil},
		{"certificates", func(h *policy.Host) schema.Mode { return h.Certificates.Mode.V }, certificates, nil},
		{"caddy", func(h *policy.Host) schema.Mode { return h.Caddy.Mode.V }, caddy, nil},
		{"traefik", func(h *policy.Host) schema.Mode { return h.Traefik.Mode.V }, traefik, nil},
		{"authelia", func(h *policy.Host) schema.Mode { return h.Authelia.Mode.V }, authelia, nil},
		{"audit", func(h *policy.Host) schema.Mode { return h.Audit.Mode.V }, audit, nil},
		{"logs", func(h *policy.Host) schema.Mode { return h.Logs.Mode.V }, logs, nil},
		{"notify", func(h *policy.Host) schema.Mode { return h.Notify.Mode.V }, notify, nil},
		{"metrics", func(h *policy.Host) schema.Mode { return h.Metrics.Mode.V }, metrics, nil},
		{"postgresql", func(h *policy.Host) schema.Mode { return h.PostgreSQL.Mode.V }, postgresql, nil},
		{"adguard", func(h *policy.Host) schema.Mode { return h.AdGuard.Mode.V }, adguard, nil},
		{"vaultwarden", func(h *policy.Host) schema.Mode { return h.Vaultwarden.Mode.V }, vaultwarden, nil},
		{"cloudflared", func(h *policy.Host) schema.Mode { return h.Cloudflared.Mode.V }, cloudflared, nil},
		{"selfcheck", func(h *policy.Host) schema.Mode { return h.Selfcheck.Mode.V }, selfcheck, nil},
		{"incident", func(h *policy.Host) schema.Mode { return h.Incident.Mode.V }, incident, nil},
	}
}

func hardening(h *policy.Host) *nix.File { return kernel(h.Hardening) }

func hardened(h *policy.Host) any { return h.Hardening }

// Generate returns the files of a fleet, or of some of its hosts and what all
// share. source names the document in the files' headers. An error means that
// a module would set an option that does not exist or has another type.
func Generate(fleet *policy.Fleet, source string, hosts []string) ([]File, error) {
	g := &generator{release: option.Release(fleet.NixOS.V), header: header(source), waivers: fleet.Waivers}
	wanted := slices.Clone(fleet.Hosts)
	if len(hosts) > 0 {
		wanted = slices.DeleteFunc(wanted, func(h *policy.Host) bool { return !slices.Contains(hosts, h.Name) })
	}
	modules := make([][]File, len(wanted))
	err := inParallel(len(wanted), func(i int) (err error) {
		modules[i], err = g.host(wanted[i], i)
		return err
	})
	if err != nil {
		return nil, err
	}
	files := slices.Concat(modules...)
	for _, c := range constants() {
		if slices.ContainsFunc(files, func(f File) bool { return path.Base(f.Path) == c.by+".nix" }) {
			files = append(files, c.files...)
		}
	}
	if f := fleetSSHModule(fleet); f != nil && slices.ContainsFunc(files, func(f File) bool { return path.Base(f.Path) == "sshclient.nix" }) {
		text, err := g.module(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fleetSSH, err)
		}
		files = append(files, File{fleetSSH, text})
	}
	shared := []struct {
		path string
		file *nix.File
	}{{"default.nix", root(fleet)}, {"deploy.nix", deployers(fleet)}, {"secrets.nix", secretRules(fleet)}}
	for _, s := range shared {
		if s.file == nil {
			continue
		}
		text, err := g.print(s.file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
		files = append(files, File{s.path, text})
	}
	if p := TailnetPolicy(fleet, source); p != nil {
		files = append(files, File{TailnetFile, p.Format()})
	}
	tests, err := g.tests(fleet, wanted)
	return append(files, tests...), err
}

// generator makes the files of one fleet. Like hosts have like modules, so each
// text is checked and printed once.
type generator struct {
	release option.Release
	header  []string
	waivers []schema.Waiver
	texts   sync.Map // []byte by what a concern shares, and by the hash of a module
}

func header(source string) []string {
	return []string{
		"Written by pantherctl from " + source + ". Do not edit: change that file,",
		"then run pantherctl generate.",
	}
}

// host returns the modules of one host. Those worked on at the same time, by
// their number, begin at different concerns: where they are alike, each then
// finds what the others have made.
func (g *generator) host(h *policy.Host, number int) ([]File, error) {
	dir := "hosts/" + h.Name + "/"
	all := slices.DeleteFunc(concerns(), func(c concern) bool { return c.mode(h) != schema.Generate })
	texts := make([][]byte, len(all))
	for i := range all {
		i = (i + number*len(all)/runtime.GOMAXPROCS(0)) % len(all)
		var err error
		if texts[i], err = g.concern(h, all[i]); err != nil {
			return nil, fmt.Errorf("%s%s.nix: %w", dir, all[i].name, err)
		}
	}
	var files []File
	imports := nix.List{}
	for i, text := range texts {
		if text == nil {
			continue
		}
		files = append(files, File{dir + all[i].name + ".nix", text})
		imports = append(imports, nix.Element{Value: nix.PathLit("./" + all[i].name + ".nix")})
	}
	text, err := g.module(&nix.File{Body: guarded(h, imports, g.waivers)})
	return append(files, File{dir + "default.nix", text}), err
}

// concern returns the text of one module of a host, nil if it needs none.
func (g *generator) concern(h *policy.Host, c concern) ([]byte, error) {
	if c.shared == nil {
		return g.module(c.module(h))
	}
	key := c.shared(h)
	if text, ok := g.texts.Load(key); ok {
		return text.([]byte), nil
	}
	text, err := g.module(c.module(h))
	if err == nil {
		g.texts.Store(key, text)
	}
	return text, err
}

// module returns the text of a module once its options are known to exist and
// to take their values.
func (g *generator) module(f *nix.File) ([]byte, error) {
	if f == nil {
		return nil, nil
	}
	hash := f.Hash()
	if text, ok := g.texts.Load(hash); ok {
		return text.([]byte), nil
	}
	if errs := option.Verify(f, g.release); len(errs) > 0 {
		return nil, errs[0]
	}
	text, err := g.print(f)
	if err == nil {
		g.texts.Store(hash, text)
	}
	return text, err
}

func (g *generator) print(f *nix.File) ([]byte, error) {
	f.Header = g.header
	return f.Bytes()
}

// root is the default.nix of the fleet: a function of the third-party modules
// it needs and of the folder of secrets, which gives a module for every host.
// It always names every host, also when only some are generated.
func root(fleet *policy.Fleet) *nix.File {
	var agenix, impermanence, lanzaboote, opnix, preservation bool
	hosts := nix.AttrSet{}
	for _, h := range fleet.Hosts {
		imports := nix.List{}
		use := func(name string, used *bool, needed bool) {
			if needed {
				*used = true
				imports = append(imports, nix.Element{Value: nix.Ref{name}})
			}
		}
		use("agenix", &agenix, h.Uses(policy.Agenix))
		use("impermanence", &impermanence, h.Keeps(schema.Impermanence))
		use("lanzaboote", &lanzaboote, h.SignsBoot())
		use("opnix", &opnix, h.Uses(policy.Opnix))
		use("preservation", &preservation, h.Keeps(schema.Preservation))
		imports = append(imports, nix.Element{Value: nix.PathLit("./hosts/" + h.Name)})
		if files := secretFiles(h); files != nil {
			imports = append(imports, nix.Element{Value: files})
		}
		hosts = append(hosts, nix.Binding{Path: nix.AttrPath{h.Name}, Value: nix.AttrSet{nix.Bind("imports", imports)}})
	}
	f := &nix.File{Closed: true, Body: hosts}
	for _, p := range []struct {
		name string
		used bool
	}{{"agenix", agenix}, {"impermanence", impermanence}, {"lanzaboote", lanzaboote}, {"opnix", opnix}, {"preservation", preservation}, {"secrets", agenix}} {
		if p.used {
			f.Params = append(f.Params, p.name)
		}
	}
	if f.Params == nil {
		// Callers pass an empty set to a fleet that needs nothing.
		f.Params = []string{}
	}
	return f
}

// why is the reason of a value: that of the level that set it, or that the
// document wants it so.
func why(from schema.Origin) string {
	if from.Reason == nil {
		return "the document says so"
	}
	return from.Reason.Why
}

// bind appends a binding after a blank line, for groups of one concern.
func bind(set *nix.AttrSet, path nix.AttrPath, value nix.Expr, doc ...string) {
	*set = append(*set, nix.Binding{Doc: doc, Blank: len(*set) > 0, Path: path, Value: value})
}

// join writes words as a person does: "a, b and c".
func join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
