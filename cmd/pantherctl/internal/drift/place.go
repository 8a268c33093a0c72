package drift

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// The priorities of definitions that have a name: lib/modules.nix of nixpkgs.
const (
	force         = 50
	plain         = 100
	byDefault     = 1000
	optionDefault = 1500
)

// culprit says who made a definition, and how strongly.
func culprit(d *facts.Definition) string {
	if d.File == "" {
		return "the facts do not say which module"
	}
	how := "sets it"
	switch d.Priority {
	case plain, 0:
	case force:
		how = "forces it with mkForce"
	case byDefault:
		how = "sets it with mkDefault"
	case optionDefault:
		how = "declares it so"
	default:
		how = fmt.Sprintf("sets it with mkOverride %d", d.Priority)
	}
	return file(d.File) + " " + how
}

var storeFolder = regexp.MustCompile(`^.*/nix/store/[0-9a-z]{32}-[^/]*/`)

// file returns the name of a module without the folder of the store it lies in,
// which may itself lie in a folder.
func file(name string) string {
	if !strings.Contains(name, "/nix/store/") {
		return name
	}
	return storeFolder.ReplaceAllString(name, "")
}

// ownModule reports whether a module is one of NixOS's own, which adds what
// another option asks it to.
func ownModule(name string) bool { return strings.Contains("/"+name, "/nixos/modules/") }

// settings are a host's, by path. They are looked up only where somebody has to
// be told of one.
type settings struct {
	host   *policy.Host
	byPath map[string]schema.Origin // nil before the first look
}

func (s *settings) read() {
	if s.byPath != nil {
		return
	}
	s.byPath = map[string]schema.Origin{}
	for _, x := range s.host.All() {
		if len(x.From) > 0 {
			s.byPath[x.Path] = x.From[len(x.From)-1]
		}
	}
}

// asks says which setting of the document asks for an option, where that
// cannot be told from its name. The first that matches counts.
var asks = []struct{ option, setting string }{
	{"boot.kernel.sysctl.net.netfilter.nf_conntrack_max", "firewall.connection_tracking.max"},
	{"boot.kernel.sysctl", "kernel.hardening"},
	{"boot.kernelParams", "kernel.hardening"},
	{"pantherctl.kernelParamsSince", "kernel.hardening"},
	{"boot.blacklistedKernelModules", "kernel.hardening"},
	{"boot.extraModprobeConfig", "kernel.hardening"},
	{"boot.initrd.luks", "disk.luks"},
	{"boot.initrd.network", "disk.remote_unlock.enable"},
	{"boot.lanzaboote", "disk.secure_boot.enable"},
	{"boot.loader.systemd-boot.editor", "disk.boot_editor"},
	{"environment.persistence", "persistence.enable"},
	{"networking.enableIPv6", "network.ipv6"},
	{"networking.firewall.allowPing", "firewall.ping"},
	{"networking.firewall.checkReversePath", "firewall.reverse_path"},
	{"networking.firewall.trustedInterfaces", "firewall.trusted_interfaces"},
	{"networking.firewall", "firewall.mode"},
	{"networking.nat", "network.container_nat"},
	{"networking.nftables.tables.pantherctl-egress", "firewall.egress.policy"},
	{"networking.nftables.tables.pantherctl-ping", "firewall.ping_limit"},
	{"networking.nftables", "firewall.mode"},
	{"networking.wireless.iwd", "wifi.enable"},
	{"nix.settings.allowed-users", "accounts.nix_users"},
	{"nix.settings.trusted-public-keys", "accounts.signing_keys"},
	{"nix.settings", "accounts.nix_users"},
	{"programs.ssh", "ssh_client.enable"},
	{"security.sudo.wheelNeedsPassword", "accounts.sudo_password"},
	{"security.audit", "audit.enable"},
	{"services.fail2ban.maxretry", "fail2ban.max_retry"},
	{"services.fail2ban.bantime", "fail2ban.ban_time"},
	{"services.fail2ban", "fail2ban.when"},
	{"services.journald", "journal.enable"},
	{"services.openssh.ports", "ssh.ports"},
	{"services.openssh.settings.PermitRootLogin", "ssh.root_login"},
	{"services.openssh.settings.KexAlgorithms", "ssh.kex"},
	{"services.openssh.settings.AllowTcpForwarding", "ssh.tcp_forwarding"},
	{"services.openssh.settings.ClientAliveCountMax", "ssh.client_alive_count_max"},
	{"services.openssh", "ssh.enable"},
	{"services.restic", "backup.enable"},
	{"services.tailscale.authKeyFile", "tailscale.auth_key"},
	{"services.tailscale.port", "tailscale.port"},
	{"services.tailscale", "tailscale.enable"},
	{"users.mutableUsers", "accounts.mutable_users"},
	{"users.users.root", "accounts.root_password"},
}

// of returns the setting that asks for an option, as a path of the document,
// and where it was made: at the host's entry if its level made it or nobody did.
func (s *settings) of(option []string) (path string, from schema.Origin) {
	s.read()
	if len(option) > 2 && option[0] == "users" && option[1] == "users" {
		if a, ok := s.host.Account(option[2]); ok {
			return "users." + a.Name, firstSet(a.Keys.From, a.Admin.From, a.Deploy.From, a.Comment.From, s.host.From)
		}
	}
	setting := s.setting(option)
	from = s.byPath[setting]
	if !from.IsSet() || from.Default() {
		from = s.host.From
	}
	if setting == "" {
		return strings.TrimSuffix(s.host.Path(""), "."), from
	}
	return s.host.Path(setting), from
}

func firstSet(origins ...schema.Origin) schema.Origin {
	for _, o := range origins {
		if o.IsSet() {
			return o
		}
	}
	return schema.Origin{}
}

// setting returns the path of a setting below the host, "" if none is known.
func (s *settings) setting(option []string) string {
	key := strings.Join(option, ".")
	if sysctl, ok := strings.CutPrefix(key, "boot.kernel.sysctl."); ok {
		if at := "kernel.sysctl." + quotedKey(sysctl); s.byPath[at].IsSet() {
			return at
		}
	}
	for _, a := range asks {
		if rest, ok := strings.CutPrefix(key, a.option); !ok || rest != "" && rest[0] != '.' {
			continue
		}
		section, _, _ := strings.Cut(a.setting, ".")
		for _, name := range option {
			if at := section + "." + snake(name); s.byPath[at].IsSet() && name != "enable" {
				return at
			}
		}
		return a.setting
	}
	return ""
}

// quotedKey is how settings spell a key of a map.
func quotedKey(key string) string {
	if strings.Contains(key, ".") {
		return `"` + key + `"`
	}
	return key
}

// snake spells a name as documents do: MaxAuthTries is max_auth_tries.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.ReplaceAll(b.String(), "-", "_")
}
