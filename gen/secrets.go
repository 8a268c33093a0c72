package gen

import (
	"maps"
	"slices"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// opnixDir is where opnix puts secrets: in memory, gone at shutdown.
const opnixDir = "/run/opnix-secrets"

// tokenSecret is the agenix secret that holds the token opnix logs in with, if
// the host has one of this name.
const tokenSecret = "opnix-token"

// secrets is the module of the secrets a host decrypts.
func secrets(h *policy.Host) *nix.File {
	if len(h.Secrets.Entries) == 0 {
		return nil
	}
	f := &nix.File{}
	body := nix.AttrSet{}
	if h.Uses(policy.Agenix) {
		age := nix.AttrSet{nix.Bind("identityPaths", nix.Strings(h.HostKeyPath()), "the key the files are encrypted to")}
		set := nix.AttrSet{}
		for _, e := range h.Secrets.Entries {
			if policy.SecretProvider(e.Value) == policy.Agenix {
				bind(&set, nix.AttrPath{e.Key}, permissions(e.Value))
			}
		}
		bind(&age, nix.Path("secrets"), set)
		bind(&body, nix.Path("age"), age)
		restarts(h, f, &body)
	}
	if h.Uses(policy.Opnix) {
		bind(&body, nix.Path("services.onepassword-secrets"), opnix(h, f))
	}
	f.Body = body
	return f
}

// restarts restart the units that read a secret when its file changes; agenix
// itself restarts nothing.
func restarts(h *policy.Host, f *nix.File, body *nix.AttrSet) {
	triggers := map[string]nix.List{}
	for _, e := range h.Secrets.Entries {
		if policy.SecretProvider(e.Value) != policy.Agenix {
			continue
		}
		for _, unit := range e.Value.Units.Values() {
			needs(f, "config")
			file := nix.Ref{"config", "age", "secrets", e.Key, "file"}
			triggers[string(unit)] = append(triggers[string(unit)], nix.Element{Value: file})
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(triggers)) {
		bind(body, nix.Path("systemd.services").Append(unit, "restartTriggers"), triggers[unit], "restarted when a secret it reads changes")
	}
}

// permissions are who may read a secret, said in full.
func permissions(s schema.Secret) nix.AttrSet {
	owner, group, mode := "root", "root", "0400"
	if s.Owner.IsSet() {
		owner = string(s.Owner.V)
	}
	if s.Group.IsSet() {
		group = string(s.Group.V)
	}
	if s.FileMode.IsSet() {
		mode = string(s.FileMode.V)
	}
	return nix.AttrSet{
		nix.Bind("owner", nix.String(owner)),
		nix.Bind("group", nix.String(group)),
		nix.Bind("mode", nix.String(mode)),
	}
}

func opnix(h *policy.Host, f *nix.File) nix.AttrSet {
	var token nix.Expr = nix.String("/etc/opnix-token")
	switch {
	case h.Secrets.Has(tokenSecret):
		token = secretPath(h, tokenSecret, f)
	case h.Persistence.Enable.V:
		token = nix.String(string(h.Persistence.Path.V) + "/etc/opnix-token")
	}
	set := nix.AttrSet{}
	for _, e := range h.Secrets.Entries {
		s := e.Value
		if policy.SecretProvider(s) != policy.Opnix {
			continue
		}
		value := append(nix.AttrSet{
			nix.Bind("reference", nix.String(s.Reference.V)),
			nix.Bind("path", nix.String(opnixDir+"/"+e.Key)),
		}, permissions(s)...)
		if len(s.Units.Items) > 0 {
			value = append(value, nix.Bind("services", nix.Strings(schema.Words(s.Units)...), "restarted when the secret changes"))
		}
		bind(&set, nix.AttrPath{policy.OpnixName(e.Key)}, value)
	}
	return nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("tokenFile", token),
		nix.Bind("outputDir", nix.String(opnixDir), "in memory: nothing in clear stays on disk"),
		nix.Bind("secrets", set),
	}
}

// location is where something is: a text or a reference. It may stand alone or
// within a text.
type location interface {
	nix.Expr
	nix.Part
}

// secretPath is where a secret of the host is to be read.
func secretPath(h *policy.Host, name string, f *nix.File) location {
	if s, _ := h.Secrets.Get(name); policy.SecretProvider(s) == policy.Opnix {
		return nix.String(opnixDir + "/" + name)
	}
	needs(f, "config")
	return nix.Ref{"config", "age", "secrets", name, "path"}
}

// secretFiles is the part of the root default.nix that names the encrypted
// files of a host; the modules below hosts/ do not know where they lie.
func secretFiles(h *policy.Host) nix.Expr {
	set := nix.AttrSet{}
	for _, f := range h.Files {
		set = append(set, nix.Binding{
			Path:  nix.Path("age.secrets").Append(f.Secret, "file"),
			Value: nix.Join{Folder: nix.Ref{"secrets"}, Below: "/" + f.File},
		})
	}
	if len(set) == 0 {
		return nil
	}
	return set
}

// secretRules is the secrets.nix that the agenix command reads: who can
// decrypt which file.
func secretRules(fleet *policy.Fleet) *nix.File {
	keys := map[string][]string{}
	var files []string
	for _, h := range fleet.Hosts {
		for _, f := range h.Files {
			if keys[f.File] == nil {
				files = append(files, f.File)
			}
			for _, k := range f.Keys {
				keys[f.File] = append(keys[f.File], k.Type+" "+k.Blob)
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	slices.Sort(files)
	rules := nix.AttrSet{}
	for _, file := range files {
		slices.Sort(keys[file])
		rules = append(rules, nix.Binding{
			Path:  nix.AttrPath{file, "publicKeys"},
			Value: nix.Strings(slices.Compact(keys[file])...),
		})
	}
	return &nix.File{Body: rules}
}
