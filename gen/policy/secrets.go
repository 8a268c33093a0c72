package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// Provider is the program that puts a secret in place on a host.
type Provider string

// The providers of secrets.
const (
	Agenix Provider = "agenix"
	Opnix  Provider = "opnix"
)

// SecretProvider returns who puts a secret in place.
func SecretProvider(s schema.Secret) Provider {
	if s.Reference.IsSet() {
		return Opnix
	}
	return Agenix
}

// OpnixName is the name of a secret in the form that opnix accepts: camelCase.
func OpnixName(secret string) string {
	parts := strings.Split(secret, "-")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, "")
}

// Uses reports whether any of the host's secrets comes from a provider.
func (h *Host) Uses(p Provider) bool {
	return slices.ContainsFunc(h.Secrets.Entries, func(e schema.Entry[schema.Secret]) bool { return SecretProvider(e.Value) == p })
}

// SecretFile is an encrypted file in the folder of secrets.
type SecretFile struct {
	Secret string
	File   string // relative, "tailscale-auth.age"
	From   schema.Origin
	Keys   []schema.PublicKey // recipients by way of this host
}

// secrets finds the encrypted files of a host and who must be able to read them.
func (r *resolver) secrets(h *Host) {
	var hostKeys []schema.PublicKey
	for _, k := range h.HostKeys {
		if k.Type == "ssh-ed25519" {
			hostKeys = append(hostKeys, k)
		}
	}
	fetched := map[string]string{} // by the name that opnix knows
	for _, e := range h.Secrets.Entries {
		if SecretProvider(e.Value) == Opnix {
			if other, ok := fetched[OpnixName(e.Key)]; ok {
				r.report(e.From, h.Path("secrets."+e.Key), fmt.Sprintf("opnix, which knows no dashes, has one name for %s and %s", other, e.Key), "rename one of them")
			}
			fetched[OpnixName(e.Key)] = e.Key
			continue
		}
		f := SecretFile{Secret: e.Key, File: e.Key + ".age", From: e.From, Keys: slices.Clone(hostKeys)}
		if e.Value.File.IsSet() {
			f.File = string(e.Value.File.V)
		}
		if len(hostKeys) == 0 {
			r.report(e.From, h.Path("host_keys"), fmt.Sprintf("secret %q cannot be encrypted to this host without its ed25519 host key", e.Key),
				"add the line that ssh-keyscan -t ed25519 prints, or /etc/ssh/ssh_host_ed25519_key.pub")
		}
		f.Keys = append(f.Keys, r.adminKeys()...)
		f.Keys = append(f.Keys, e.Value.ReadBy.Values()...)
		h.Files = append(h.Files, f)
	}
}

// adminKeys returns the keys of all administrators that age can encrypt to.
func (r *resolver) adminKeys() []schema.PublicKey {
	var keys []schema.PublicKey
	for _, u := range r.fleet.Users.Entries {
		for _, k := range u.Value.Keys.Values() {
			if u.Value.Admin.V && (k.Type == "ssh-ed25519" || k.Type == "ssh-rsa") && len(k.Options) == 0 {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// secret returns a secret that a setting names, or reports that the host has
// none of the name.
func (r *resolver) secret(h *Host, path string, name schema.Value[schema.Name]) (schema.Secret, bool) {
	s, ok := h.Secrets.Get(string(name.V))
	if !ok {
		hint := fmt.Sprintf("declare it: secrets: { %s: {} } for the host or one of its roles", name.V)
		if near := suggest.Nearest(string(name.V), h.Secrets.Keys()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.report(name.From, path, fmt.Sprintf("host %s has no secret called %q", h.Name, name.V), hint)
	}
	return s, ok
}

// bootSecret checks a secret that must be there before the network is.
func (r *resolver) bootSecret(h *Host, path string, name schema.Value[schema.Name]) {
	if s, ok := r.secret(h, path, name); ok && SecretProvider(s) == Opnix {
		r.report(name.From, path, fmt.Sprintf("secret %q comes from 1Password, which needs the network that is not up yet when %s is read", name.V, h.Name),
			"give this one an .age file: remove its reference")
	}
}
