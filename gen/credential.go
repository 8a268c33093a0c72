package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// credential is a secret that systemd hands to one unit, whoever it runs as:
// nobody else need be able to read it.
type credential struct{ name, secret string }

// credentials gives a unit secrets, by its service, and restarts it when one of
// them changes.
func credentials(h *policy.Host, f *nix.File, unit, service *nix.AttrSet, list []credential) {
	load, triggers := nix.List{}, nix.List{}
	for _, c := range list {
		load = append(load, nix.Element{Value: nix.Template{nix.String(c.name + ":"), secretPath(h, c.secret, f)}})
		if s, _ := h.Secrets.Get(c.secret); policy.SecretProvider(s) == policy.Agenix {
			triggers = append(triggers, nix.Element{Value: nix.Ref{"config", "age", "secrets", c.secret, "file"}})
		}
	}
	*service = append(*service, nix.Bind("LoadCredential", load, "readable by this unit alone"))
	if len(triggers) > 0 {
		*unit = append(*unit, nix.Bind("restartTriggers", triggers, "when a secret changes"))
	}
	if fetches(h, list) {
		*unit = append(*unit, nix.Bind("wants", nix.Strings(opnixUnit), "brings secrets of 1Password, once there is a network"))
	}
}

// fetches reports whether one of the secrets comes from 1Password.
func fetches(h *policy.Host, list []credential) bool {
	for _, c := range list {
		if s, _ := h.Secrets.Get(c.secret); policy.SecretProvider(s) == policy.Opnix {
			return true
		}
	}
	return false
}

// opnixUnit is the unit by which opnix fetches secrets.
const opnixUnit = "opnix-secrets.service"

// beforeBackup has the backup start a unit that dumps data, and wait for it.
// If the dump fails, the rest is backed up all the same.
func beforeBackup(body *nix.AttrSet, unit string) {
	bind(body, nix.Path("systemd.services").Append("restic-backups-"+policy.BackupName), nix.AttrSet{
		nix.Bind("wants", nix.Strings(unit)),
		nix.Bind("after", nix.Strings(unit)),
	}, "the backup takes along what was dumped a moment before")
}
