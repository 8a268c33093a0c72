package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// vaultwarden is the module of the password server. It has no admin page,
// whatever its files and its environment say.
func vaultwarden(h *policy.Host) *nix.File {
	v := h.Vaultwarden
	if !v.Enable.V {
		return nil
	}
	f := &nix.File{}
	service := nix.AttrSet{nix.Bind("enable", nix.Bool(true))}
	if v.Environment.IsSet() {
		service = append(service, nix.Bind("environmentFile", secretPath(h, string(v.Environment.V), f)))
	}
	if v.Dump.V {
		service = append(service, nix.Bind("backupDir", nix.String(policy.VaultFolder), why(v.Dump.From)))
	}
	bind(&service, nix.Path("config"), nix.AttrSet{
		nix.Bind("DOMAIN", nix.String("https://"+string(v.Domain.V))),
		nix.Bind("ROCKET_ADDRESS", nix.String("127.0.0.1"), "a proxy or tunnel of this host brings requests, with TLS before it"),
		nix.Bind("ROCKET_PORT", nix.Int(policy.VaultwardenPort)),
		nix.Bind("SIGNUPS_ALLOWED", nix.Bool(v.Signups.V), why(v.Signups.From)),
		nix.Bind("INVITATIONS_ALLOWED", nix.Bool(true), "members of an organisation invite others"),
		nix.Bind("SHOW_PASSWORD_HINT", nix.Bool(false), "a hint is for whoever asks for it"),
		nix.Bind("CONFIG_FILE", nix.String("/var/empty/config.json"), "what an admin page once saved, its own token with it, counts no more"),
	})
	body := nix.AttrSet{nix.Bind("services.vaultwarden", service)}
	unit := nix.AttrSet{
		nix.Bind("serviceConfig.UnsetEnvironment", nix.Strings("ADMIN_TOKEN", "ADMIN_TOKEN_FILE", "DISABLE_ADMIN_TOKEN"), "no admin page, even if the secret names a token for it"),
	}
	if v.Environment.IsSet() {
		if s, _ := h.Secrets.Get(string(v.Environment.V)); policy.SecretProvider(s) == policy.Opnix {
			unit = append(unit,
				nix.Bind("wants", nix.Strings(opnixUnit)),
				nix.Bind("after", nix.Strings(opnixUnit)))
		} else {
			unit = append(unit, nix.Bind("restartTriggers", nix.Elements(nix.Ref{"config", "age", "secrets", string(v.Environment.V), "file"})))
		}
	}
	bind(&body, nix.Path("systemd.services.vaultwarden"), unit)
	if v.Dump.V && h.Backup.Enable.V && h.Backup.Mode.V == schema.Generate {
		beforeBackup(&body, "backup-vaultwarden.service")
	}
	f.Body = body
	return f
}
