package drift

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// secrets finds secrets that everybody on the host can read: V5.
func secrets(c *comparison) {
	if age := c.facts.Age; age != nil {
		for _, name := range slices.Sorted(maps.Keys(age.Secrets)) {
			if s := age.Secrets[name]; len(s.Mode) > 0 && s.Mode[len(s.Mode)-1] != '0' {
				d := c.definer("age.secrets." + name + ".mode")
				c.report("V5", []string{"age", "secrets", name}, d, fmt.Sprintf("everybody on the host can read the secret %s: its mode is %s: %s", name, s.Mode, culprit(&d)),
					"remove the mode there: 0400 and an owner suffice", "", text(s.Mode))
			}
		}
	}
	for _, s := range c.secretFiles() {
		if !strings.HasPrefix(s.path, "/nix/store/") {
			continue
		}
		id := "V5"
		if s.option == "services.tailscale.authKeyFile" {
			id = "T8"
		}
		d := c.definer(s.option)
		c.report(id, strings.Split(s.option, "."), d, fmt.Sprintf("%s is a file of the store, which everybody on the host can read: %s", s.option, culprit(&d)),
			"write the path as a string, config.age.secrets.NAME.path, and change what was in the file", "", text(s.path))
	}
}

// secretFile is a file that a program reads a secret from, "" for none.
type secretFile struct{ option, path string }

func (c *comparison) secretFiles() []secretFile {
	files := []secretFile{{"services.tailscale.authKeyFile", c.facts.Tailscale.AuthKeyFile}}
	for name, a := range c.facts.Users.Accounts {
		files = append(files, secretFile{"users.users." + name + ".hashedPasswordFile", a.PasswordFile})
	}
	if o := c.facts.Onepassword; o != nil {
		files = append(files, secretFile{"services.onepassword-secrets.tokenFile", o.TokenFile})
	}
	for name, b := range c.facts.Backups {
		files = append(files, secretFile{"services.restic.backups." + name + ".environmentFile", b.EnvironmentFile},
			secretFile{"services.restic.backups." + name + ".passwordFile", b.Environment["RESTIC_PASSWORD_FILE"]})
	}
	for _, key := range c.facts.SSHD.HostKeys {
		files = append(files, secretFile{"services.openssh.hostKeys", key.Path})
	}
	return files
}

// renewed is state that its unit makes anew, so that losing it does no harm.
var renewed = []string{"dhcpcd", "nftables"}

// stateForgotten is P1 for units that the document does not know.
func stateForgotten(c *comparison) {
	if !mayJudge(c.Persistence.Mode) || !c.Persistence.Enable.V {
		return
	}
	var kept []string
	for _, k := range c.State { // whoever takes one of these away is found by its option
		kept = append(kept, k.Path)
	}
	for _, store := range c.facts.Persistence {
		kept = append(kept, store.Directories...)
	}
	for _, unit := range slices.Sorted(maps.Keys(c.facts.State)) {
		s := c.facts.State[unit]
		for _, name := range s.Directories {
			name, _, _ = strings.Cut(name, ":") // a symbolic link beside it
			dir := "/var/lib/" + name
			if s.DynamicUser {
				dir = "/var/lib/private/" + name
			}
			if slices.Contains(renewed, name) || c.Persistence.Forget.Has(dir) || slices.ContainsFunc(kept, func(k string) bool { return dir == k || strings.HasPrefix(dir, k+"/") }) {
				continue
			}
			d := c.definerOf([]string{"systemd", "services", unit, "serviceConfig", "StateDirectory"}, name)
			c.report("P1", []string{"environment", "persistence"}, d, fmt.Sprintf("%s keeps its state in %s, which is wiped at every boot", unit, dir),
				"keep it: persistence: { directories: { append: ["+dir+"] } }, or say why it may be lost: persistence.forget", text(dir), "")
		}
	}
}

// guard is V7.
func guard(c *comparison) {
	for _, o := range c.options("pantherctl.guard.enable") {
		if d := firstForeign(o); o.Found == false && d != nil {
			c.report("V7", o.Path, *d, "the guard is off: a rebuild without pantherctl takes whatever the modules say: "+culprit(d),
				"remove it there", "true", "false")
		}
	}
}

// guardPrefix begins what the assertions of nixmodules/guard.nix say.
const guardPrefix = "pantherctl: "

// ownJudgement passes on what NixOS itself says of the host: V6 and V9.
func ownJudgement(c *comparison) {
	for _, message := range c.facts.Assertions {
		if strings.HasPrefix(message, guardPrefix) && len(c.facts.Options) > 0 {
			continue // the guard says what has been found already
		}
		c.report("V6", nil, facts.Definition{}, "the host cannot be built: "+firstLine(message), "do what the message says", "", "")
	}
	for _, message := range c.facts.Warnings {
		c.report("V9", nil, facts.Definition{}, "NixOS warns: "+firstLine(message), "do what the message says", "", "")
	}
}

func firstLine(message string) string {
	message, _, _ = strings.Cut(strings.TrimSpace(message), "\n")
	return message
}
