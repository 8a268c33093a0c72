package policy

// VaultwardenPort is the port of Vaultwarden, on the host alone.
const VaultwardenPort = 8222

// VaultFolder is where the vault is copied to for backups.
const VaultFolder = "/var/backup/vaultwarden"

// vaultwarden checks what Vaultwarden needs to know.
func (r *resolver) vaultwarden(h *Host) {
	v := &h.Vaultwarden
	if !v.Enable.V {
		return
	}
	if !v.Domain.IsSet() {
		r.report(v.Enable.From, h.Path("vaultwarden.domain"), "by which name clients reach Vaultwarden is not said: links and passkeys hold for one name", "write domain: vault.example.org")
	}
	if v.Environment.IsSet() {
		r.secret(h, h.Path("vaultwarden.environment"), v.Environment)
	}
}

// vaultState is what Vaultwarden keeps on the host.
func (h *Host) vaultState() []Kept {
	if !h.Vaultwarden.Enable.V {
		return nil
	}
	kept := []Kept{
		{Path: "/var/lib/vaultwarden", Mode: "0700", Why: "the vault"},
		{Path: "/var/lib/bitwarden_rs", Mode: "0700", Why: "the vault, where system.stateVersion is older than 24.11"},
	}
	if h.Vaultwarden.Dump.V {
		kept = append(kept, Kept{Path: VaultFolder, Mode: "0700", Why: "copies of the vault, which the backup takes along"})
	}
	return kept
}
