package gen_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/schema"
)

var (
	nixosLine  = regexp.MustCompile(`(?m)^nixos: .*$`)
	systemLine = regexp.MustCompile(`(?m)^    system: .*$`)
)

// as is a document for another release and, unless system is "", another kind
// of machine.
func as(document, release, system string) string {
	document = nixosLine.ReplaceAllString(document, `nixos: "`+release+`"`)
	if system != "" {
		document = systemLine.ReplaceAllString(document, "    system: "+system)
	}
	return document
}

// filesOf generates a document.
func filesOf(t *testing.T, document string) []gen.File {
	t.Helper()
	fleet, problems := resolve(document)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	files, err := gen.Generate(fleet, "security.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestReleases generates every fleet for every release and kind of machine:
// each option must exist there, and take the value.
func TestReleases(t *testing.T) {
	for _, e := range examples() {
		for _, release := range schema.Releases() {
			for _, system := range []string{"x86_64-linux", "aarch64-linux"} {
				t.Run(e.name+"/"+release+"/"+system, func(t *testing.T) {
					document := as(e.document(t), release, system)
					if fleet, _ := resolve(document); string(fleet.NixOS.V) != release || string(fleet.Hosts[0].System) != system {
						t.Fatalf("the document is for %s on %s", fleet.NixOS.V, fleet.Hosts[0].System)
					}
					filesOf(t, document)
				})
			}
		}
	}
}

// TestOldAndNew evaluates the same documents for the oldest release and the
// newest, on an old NixOS with an old kernel and on doubles for new ones. Both
// must take the text of either, and only a new kernel gets new parameters.
func TestOldAndNew(t *testing.T) {
	sides := map[string][]string{
		"old": {"old-kernel.double.nix"},
		"new": {"kernel.double.nix", "options.double.nix"},
	}
	for _, e := range examples() {
		for _, release := range []string{"24.11", "26.11"} {
			for side, doubles := range sides {
				t.Run(e.name+"/"+release+" on "+side, func(t *testing.T) {
					t.Parallel()
					files := filesOf(t, as(e.document(t), release, ""))
					hosts := parseFacts(t, evaluate(t, files, doubles...))
					params := 0
					for _, name := range slices.Sorted(maps.Keys(hosts)) {
						params += checkKernelGates(t, name, texts(files)["hosts/"+name+"/kernel.nix"], hosts[name], side == "new")
						checkAuditShape(t, name, hosts[name], side == "new")
						checkPrivateUsers(t, name, hosts[name], side == "new")
					}
					if params == 0 {
						t.Error("no host has a parameter that only new kernels know")
					}
				})
			}
		}
	}
}

var gated = regexp.MustCompile(`(?s)kernelParamsSince\."[0-9.]+" = \[(.*?)\];`)

// checkKernelGates wants the parameters that need a new kernel on new kernels
// only, and a host without complaint. It returns how many there are.
func checkKernelGates(t *testing.T, host, text string, f *facts, isNew bool) (params int) {
	t.Helper()
	for _, text := range slices.Concat(f.Assertions, f.Warnings) {
		t.Errorf("%s: %s", host, text)
	}
	for _, group := range gated.FindAllStringSubmatch(text, -1) {
		for _, param := range regexp.MustCompile(`"(.*?)"`).FindAllStringSubmatch(group[1], -1) {
			params++
			if slices.Contains(f.Kernel.KernelParams, param[1]) != isNew {
				t.Errorf("%s: is %s among the kernel's parameters? %t", host, param[1], !isNew)
			}
		}
	}
	return params
}

// checkAuditShape wants the daemon to rotate its files, by settings where NixOS
// has them and by a file of our own elsewhere.
func checkAuditShape(t *testing.T, host string, f *facts, isNew bool) {
	t.Helper()
	if !f.Audit.Daemon {
		return
	}
	settings, has := f.Audit.Config.(map[string]any)
	text, _ := f.Audit.Config.(string)
	if has != isNew || isNew && settings["max_log_file_action"] != "rotate" || !isNew && !strings.Contains(text, "max_log_file_action = rotate\n") {
		t.Errorf("%s: the daemon has %v", host, f.Audit.Config)
	}
}
