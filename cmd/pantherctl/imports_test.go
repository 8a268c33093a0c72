package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pantherctl/pantherctl"

// layer says what a package may import from this module, and why no more.
type layer struct {
	may  []string
	pure bool // no files, no programs, no clock: what it returns depends on what it is given
	why  string
}

// layers is the architecture: document, policy, tree and files on the one
// side, judging and reporting on the other, and only commands know all.
var layers = map[string]layer{
	"schema/suggest": {nil, true, "names are compared as texts"},
	"schema":         {[]string{"schema/suggest"}, true, "reading a document needs nothing else of pantherctl"},
	"gen/kernel":     {[]string{"schema/suggest"}, true, "the kernel's tables stand for themselves"},
	"gen/nix":        {nil, true, "a Nix expression knows nothing of security"},
	"gen/option":     {[]string{"schema/suggest", "gen/nix"}, true, "options are judged in expressions, whoever makes them"},
	"gen/policy":     {[]string{"schema", "schema/suggest", "gen/kernel"}, true, "what a host should be like does not depend on how it is written"},
	"gen": {
		[]string{"schema", "gen/kernel", "gen/nix", "gen/option", "gen/policy", "gen/tailnet", "nixmodules"},
		true,
		"modules and the policy of the tailnet are made from policies, and judged elsewhere",
	},
	"nixmodules":                        {nil, true, "files for Nix, embedded"},
	"testdata":                          {nil, true, "example fleets, embedded"},
	"testdata/guest":                    {nil, false, "what tests boot, of no product's package"},
	"gen/tailnet":                       {[]string{"schema/suggest"}, true, "the policy language stands for itself, whoever writes in it"},
	"cmd/pantherctl/internal/reach":     {[]string{"schema", "gen/policy"}, true, "who reaches whom follows from the policy"},
	"cmd/pantherctl/internal/chart":     {[]string{"schema", "cmd/pantherctl/internal/reach"}, true, "a chart shows what has been worked out before"},
	"cmd/pantherctl/internal/rule":      {nil, true, "the catalogue judges nothing"},
	"cmd/pantherctl/internal/check":     {[]string{"schema", "schema/suggest", "gen/kernel", "gen/policy", "cmd/pantherctl/internal/rule", "cmd/pantherctl/internal/reach"}, true, "findings depend on the policy, not on the text made from it"},
	"cmd/pantherctl/internal/facts":     {nil, true, "facts are what they are, whatever was wanted"},
	"cmd/pantherctl/internal/drift":     {[]string{"schema", "gen/nix", "gen/policy", "cmd/pantherctl/internal/check", "cmd/pantherctl/internal/facts", "cmd/pantherctl/internal/rule"}, true, "what is there is compared with what was wanted, not with how it was written"},
	"cmd/pantherctl/internal/lab":       {[]string{"schema", "gen/policy", "cmd/pantherctl/internal/facts", "cmd/pantherctl/internal/reach", "cmd/pantherctl/internal/run"}, false, "it holds what reach says against a kernel"},
	"cmd/pantherctl/internal/nixos":     {[]string{"gen/nix", "cmd/pantherctl/internal/facts"}, true, "it knows of modules what NixOS does, not why they say so"},
	"cmd/pantherctl/internal/plan":      {[]string{"schema", "gen/kernel", "gen/policy", "cmd/pantherctl/internal/facts", "cmd/pantherctl/internal/reach", "cmd/pantherctl/internal/report"}, true, "two systems are compared as they are, whoever asked for them"},
	"cmd/pantherctl/internal/incident":  {[]string{"gen/policy", "cmd/pantherctl/internal/live"}, true, "what a host says is read here, and acted on elsewhere"},
	"cmd/pantherctl/internal/live":      {[]string{"schema", "gen/policy", "cmd/pantherctl/internal/check", "cmd/pantherctl/internal/facts", "cmd/pantherctl/internal/rule"}, true, "what runs is compared with what was wanted, however it was asked"},
	"cmd/pantherctl/internal/report":    {[]string{"schema", "cmd/pantherctl/internal/check", "cmd/pantherctl/internal/rule"}, true, "what is reported has been decided before"},
	"cmd/pantherctl/internal/effective": {[]string{"schema", "gen/policy", "cmd/pantherctl/internal/check", "cmd/pantherctl/internal/facts", "cmd/pantherctl/internal/rule", "cmd/pantherctl/internal/run"}, false, "what a text comes to is for the program that reads it to say"},
	"cmd/pantherctl/internal/evaluate":  {[]string{"gen", "gen/nix", "gen/policy", "nixmodules", "schema/suggest", "cmd/pantherctl/internal/run"}, false, "what Nix says is passed on as it is"},
	"cmd/pantherctl/internal/deploy":    {[]string{"schema", "gen/policy", "cmd/pantherctl/internal/facts", "cmd/pantherctl/internal/plan", "cmd/pantherctl/internal/reach", "cmd/pantherctl/internal/run"}, false, "switching a host needs its policy, its facts, whom they let in and the plan, and no text of ours"},
	"cmd/pantherctl/internal/control":   {nil, false, "a control plane is told texts, whoever made them"},
	"cmd/pantherctl/internal/run":       {nil, false, "running a program needs to know nothing of fleets"},
	"cmd/pantherctl":                    {nil, false, "it may import everything"},
}

// outside are modules that only some packages may import.
var outside = map[string][]string{
	"gopkg.in/yaml.v3":                {"schema"},
	"github.com/spf13/cobra":          {"cmd/pantherctl"},
	"github.com/nix-community/go-nix": {"gen", "cmd/pantherctl/internal/plan"},
	"github.com/rogpeppe/go-internal": {"gen", "cmd/pantherctl"},
	"github.com/tailscale/hujson":     {"gen/tailnet", "cmd/pantherctl/internal/control", "cmd/pantherctl"},
	"golang.org/x/crypto":             {"schema", "cmd/pantherctl/internal/lab", "cmd/pantherctl/internal/live"},
	"github.com/vishvananda":          {"cmd/pantherctl/internal/lab"},
	"os/exec":                         {"cmd/pantherctl/internal/run", "testdata/guest"}, // the latter runs none: it finds qemu for tests
}

// impureFiles are the files of pure packages that change the world.
var impureFiles = []string{"gen/write.go"}

// source is one file of the module that is not a test.
type source struct {
	pkg, name string // slash-separated, relative to the module
	file      *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	root := filepath.Join("..", "..")
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") && rel != "." || rel == "cmd/pantherctl/internal/tools" || rel == "gen/testdata/caddy"):
			return filepath.SkipDir
		case !strings.HasSuffix(rel, ".go"), strings.HasSuffix(rel, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		all = append(all, source{path.Dir(rel), rel, f})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		seen[s.pkg] = true
		l, known := layers[s.pkg]
		if !known {
			t.Errorf("%s: package %s has no layer", s.name, s.pkg)
			continue
		}
		for _, spec := range s.file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(name, module+"/"); ok && s.pkg != "cmd/pantherctl" && !slices.Contains(l.may, own) {
				t.Errorf("%s imports %s: %s", s.name, own, l.why)
			}
			if l.pure && slices.Contains([]string{"os", "os/exec", "net", "net/http", "syscall", "math/rand", "math/rand/v2"}, name) && !slices.Contains(impureFiles, s.name) {
				t.Errorf("%s imports %s: the package is pure", s.name, name)
			}
			for dep, by := range outside {
				if (name == dep || strings.HasPrefix(name, dep+"/")) && !slices.Contains(by, s.pkg) {
					t.Errorf("%s imports %s, which only %s may", s.name, name, strings.Join(by, ", "))
				}
			}
		}
	}
	for pkg := range layers {
		if !seen[pkg] {
			t.Errorf("package %s has a layer and no files", pkg)
		}
	}
}

// Time is a parameter: the same input gives the same output on every day.
func TestNoClock(t *testing.T) {
	for _, s := range sources(t) {
		if !layers[s.pkg].pure {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After"}, sel.Sel.Name) {
					t.Errorf("%s uses time.%s: the package is pure", s.name, sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// Only the command's main file ends the process and knows its exit codes.
func TestOneExit(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || s.name == "cmd/pantherctl/main.go" {
				return true
			}
			if s.name == "cmd/pantherctl/internal/run/isolated_linux.go" && sel.Sel.Name == "Exit" {
				return true // a process whose parent is gone: nobody learns its code
			}
			if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "os" && sel.Sel.Name == "Exit" || x.Name == "log") {
				t.Errorf("%s uses %s.%s", s.name, x.Name, sel.Sel.Name)
			}
			return true
		})
	}
}

func TestPackageComments(t *testing.T) {
	comments := map[string][]string{}
	for _, s := range sources(t) {
		comments[s.pkg] = append(comments[s.pkg], "")
		if s.file.Doc != nil {
			comments[s.pkg][len(comments[s.pkg])-1] = s.name
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(comments)) {
		files := slices.DeleteFunc(comments[pkg], func(name string) bool { return name == "" })
		if len(files) != 1 {
			t.Errorf("package %s has %d package comments, want one: %v", pkg, len(files), files)
		}
	}
}
