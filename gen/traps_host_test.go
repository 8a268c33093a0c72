package gen_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
)

func sshTraps() []trap {
	return []trap{
		{"the guard holds the host to every module", func(_ *testing.T, b built) (string, bool) {
			imports, guard, _ := strings.Cut(b.modules["default"], "pantherctl.guard")
			for _, name := range regexp.MustCompile(`\./[a-z0-9]+\.nix`).FindAllString(imports, -1) {
				if !strings.Contains(guard, " "+name) {
					return "not to " + name, true
				}
			}
			fleet := strings.Contains(b.modules["sshclient"], "fleet-ssh.nix") == strings.Contains(guard, "fleet-ssh.nix")
			return onlyIf(fleet, "not to fleet-ssh.nix"), true
		}},
		{"T15 someone but root can deploy", func(_ *testing.T, b built) (string, bool) {
			i := slices.IndexFunc(b.Accounts, func(a policy.Account) bool { return a.Deploy.V })
			if i < 0 {
				return "", false
			}
			name := b.Accounts[i].Name
			a := b.facts.Users.Accounts[name]
			sudo := regexp.MustCompile(`(?m)^` + name + `\s+ALL=.*NOPASSWD: ALL$`).MatchString(b.facts.Sudo.Config)
			good := sudo && len(a.Keys) > 0 && slices.Contains(a.ExtraGroups, "wheel") && slices.Contains(a.ExtraGroups, "ssh-users")
			return onlyIf(good, "%s cannot log in or become root", name), b.facts.SSHD.Enable
		}},
		{"T32 sshd knows every setting", func(t *testing.T, b built) (string, bool) {
			if !b.facts.SSHD.Enable {
				return "", false
			}
			known := effectiveServer(t, b.facts.SSHD.Config)
			for name := range b.facts.SSHD.Settings {
				if _, ok := known[strings.ToLower(name)]; !ok {
					return "sshd has no " + name, true
				}
			}
			return "", true
		}},
		{"T33 free-form settings mean what they say", func(t *testing.T, b built) (string, bool) {
			if !b.facts.SSHD.Enable {
				return "", false
			}
			known := effectiveServer(t, b.facts.SSHD.Config)
			for _, pair := range [][2]string{
				{"maxauthtries", fmt.Sprint(b.SSH.MaxAuthTries.V)},
				{"maxsessions", fmt.Sprint(b.SSH.MaxSessions.V)},
				{"clientaliveinterval", fmt.Sprint(b.SSH.AliveInterval.V.Seconds())},
				{"clientalivecountmax", fmt.Sprint(b.SSH.AliveCount.V)},
			} {
				if known[pair[0]] != pair[1] {
					return fmt.Sprintf("%s is %q, want %q", pair[0], known[pair[0]], pair[1]), true
				}
			}
			return "", true
		}},
		{"T34 what a Match begins, Match all ends", func(_ *testing.T, b built) (string, bool) {
			_, blocks, open := strings.Cut(b.facts.SSHD.Config, "\nMatch ")
			good := !open || strings.HasSuffix(blocks, "\nMatch all\n") && !strings.ContainsAny(blocks, "$`\\")
			return onlyIf(good, "lines after a Match belong to it"), b.facts.SSHD.Enable
		}},
		{"T35 a root key from the hypervisor opens nothing", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(b.facts.SSHD.Settings["PermitRootLogin"] == "no", "root may log in"), b.facts.SSHD.Enable
		}},
	}
}

func stateTraps() []trap {
	return []trap{
		{"T14 tailnet flags that apply, a node key that stays", func(_ *testing.T, b built) (string, bool) {
			ts := b.facts.Tailscale
			switch {
			case !ts.Enable:
				return "", false
			case len(ts.ExtraUpFlags) > 0 && ts.AuthKeyFile == "":
				return "flags of tailscale up are ignored without a key", true
			case !slices.Contains(ts.ExtraSetFlags, fmt.Sprintf("--advertise-exit-node=%t", b.Tailscale.ExitNode.V)):
				return "a host that is logged in never hears of its exit node", true
			}
			return onlyIf(b.Persistence.Enable.V == b.persists("/var/lib/tailscale"), "the node key is lost at every boot"), true
		}},
		{"T17 1Password's secrets stay in memory", func(_ *testing.T, b built) (string, bool) {
			for name, p := range b.facts.Onepassword.Paths {
				if !strings.HasPrefix(p, "/run/") {
					return name + " lies in " + p, true
				}
			}
			return "", len(b.facts.Onepassword.Paths) > 0
		}},
		{"T18 host key under the mount that survives", func(_ *testing.T, b built) (string, bool) {
			mount := string(b.Persistence.Path.V)
			key := b.facts.SSHD.HostKeys[0].Path
			good := strings.HasPrefix(key, mount+"/") && slices.Equal(b.facts.Age.IdentityPaths, []string{key}) && b.facts.FileSystems[mount].NeededForBoot
			return onlyIf(good, "secrets cannot be decrypted when accounts need them"), b.Persistence.Enable.V
		}},
		{"T19 state of dynamic users where systemd keeps it", func(_ *testing.T, b built) (string, bool) {
			for unit, s := range b.facts.State {
				for _, dir := range s.Directories {
					if s.DynamicUser && !b.persists("/var/lib/private/"+dir) {
						return unit + " loses /var/lib/private/" + dir, true
					}
				}
			}
			return "", b.Persistence.Enable.V && len(b.facts.State) > 0
		}},
		{"T28 everything an enabled service needs survives", func(_ *testing.T, b built) (string, bool) {
			if !b.Persistence.Enable.V {
				return "", false
			}
			needed := []string{"/var/lib/nixos", "/etc/machine-id", "/var/log", "/var/lib/systemd/random-seed", "/var/lib/systemd/timers"}
			if b.facts.Onepassword.TokenFile != "" {
				needed = append(needed, b.facts.Onepassword.TokenFile)
			}
			for _, p := range needed {
				if !b.persists(p) {
					return p + " is lost at every boot", true
				}
			}
			return "", true
		}},
		{"T38 secrets are paths of run time", func(_ *testing.T, b built) (string, bool) {
			paths := []string{b.facts.Tailscale.AuthKeyFile, b.facts.Onepassword.TokenFile}
			for _, a := range b.facts.Users.Accounts {
				paths = append(paths, a.PasswordFile)
			}
			for _, s := range b.facts.Age.Secrets {
				paths = append(paths, s.Path)
			}
			inStore := slices.ContainsFunc(paths, func(p string) bool { return strings.HasPrefix(p, "/nix/store/") })
			literal := regexp.MustCompile(`= (\.\.?)?/[A-Za-z]`).MatchString(b.text)
			return onlyIf(!inStore && !literal, "a secret goes into the store"), len(b.facts.Age.Secrets) > 0
		}},
	}
}

// persists reports whether a path survives a wiped root.
func (b built) persists(p string) bool {
	for mount, store := range b.facts.Persistence {
		for _, kept := range append(slices.Concat(store.Directories, store.Files), mount) {
			if p == kept || strings.HasPrefix(p, kept+"/") {
				return true
			}
		}
	}
	return false
}

func moduleTraps() []trap {
	return []trap{
		{"T20 one module sets a sysctl, to a value the kernel takes", sysctlsOnce},
		{"T21 only chosen users reach the Nix daemon", func(_ *testing.T, b built) (string, bool) {
			users := b.modules["users"]
			return onlyIf(strings.Contains(users, "allowed-users = [") && !strings.Contains(users, `"*"`), "everybody, containers too, may use it"), true
		}},
		absent("T22 no option whose shape differs by release", `AcceptEnv`, `apparmor\.policies\.\S*\.(state|path|enable|enforce)\b`, `caddy(\.| = \{[^}]*)environmentFile`, `security\.lsm`, `(coredump|resolved|logind)\.extraConfig`),
		absent("T24 no activation scripts", `activationScripts`),
		{"T26 no parameter that the kernel ignores", func(_ *testing.T, b built) (string, bool) {
			for _, p := range b.facts.Kernel.KernelParams {
				if strings.HasPrefix(p, "lockdown=") || strings.HasPrefix(p, "module.sig_enforce") {
					return p + " does nothing on this kernel", true
				}
			}
			return "", true
		}},
		{"T36 kernel parameters of one word", func(_ *testing.T, b built) (string, bool) {
			for _, p := range b.facts.Kernel.KernelParams {
				if !regexp.MustCompile(`^[^\s"]+$`).MatchString(p) {
					return fmt.Sprintf("%q", p), true
				}
			}
			return "", len(b.facts.Kernel.KernelParams) > 0
		}},
		absent("T37 no hidden /proc", `hidepid`),
		absent("T39 options are tested where they are set", `mkIf`, `options\s*\?`),
		{"install lines name the program in the store", func(_ *testing.T, b built) (string, bool) {
			for line := range strings.Lines(b.facts.Kernel.ExtraModprobeConfig) {
				module, ok := strings.CutPrefix(line, "install ")
				if !ok {
					continue
				}
				if !regexp.MustCompile(`^\S+ /nix/store/…-coreutils-[^/]*/bin/false\n$`).MatchString(module) {
					return line, true
				}
			}
			return "", len(b.Blocked) > 0
		}},
	}
}

var setSysctl = regexp.MustCompile(`(?m)^\s*(?:boot\.kernel\.sysctl\.)?"((?:dev|fs|kernel|net|user|vm)\.[^"]+)" = (lib\.mkOverride 900 \S+);`)

func sysctlsOnce(_ *testing.T, b built) (string, bool) {
	by := map[string]string{}
	for _, module := range slices.Sorted(maps.Keys(b.modules)) {
		for _, m := range setSysctl.FindAllStringSubmatch(b.modules[module], -1) {
			if other, twice := by[m[1]]; twice {
				return fmt.Sprintf("%s is set by %s and %s", m[1], other, module), true
			}
			by[m[1]] = module
			if !regexp.MustCompile(`^\d+$`).MatchString(b.facts.sysctls()[m[1]]) {
				return fmt.Sprintf("%s is %q", m[1], b.facts.sysctls()[m[1]]), true
			}
		}
	}
	named := strings.Count(b.text, "mkOverride 900")
	return onlyIf(named == len(by), "%d of %d sysctls were looked at", len(by), named), len(by) > 0
}
