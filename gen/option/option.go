// Package option knows the NixOS options: which exist, from which release to
// which, and what type of value each takes. The generator looks every binding
// up here before it is written, so a module that evaluates to "option does not
// exist" or to a type error is refused while its cause is still known.
//
// Three sources are kept apart. table.txt was evaluated from the module tree of
// NixOS 24.11. releases.txt was read from release notes, pull requests and
// modules of later releases, and says so line by line. Options of third-party
// modules carry the name of the flake input they come from.
package option

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// Release is a NixOS release, "YY.MM". Releases compare as text.
type Release string

// The releases that modules are generated for.
const (
	R2411 Release = "24.11"
	R2505 Release = "25.05"
	R2511 Release = "25.11"
	R2605 Release = "26.05"
	R2611 Release = "26.11"
)

// Releases returns the known releases, oldest first.
func Releases() []Release { return []Release{R2411, R2505, R2511, R2605, R2611} }

// AtLeast reports whether r is o or a later release.
func (r Release) AtLeast(o Release) bool { return r >= o }

// known reports whether r is one of Releases.
func (r Release) known() bool { return slices.Contains(Releases(), r) }

// before returns the release before r, or "" if r is the oldest.
func (r Release) before() Release {
	all := Releases()
	if i := slices.Index(all, r); i > 0 {
		return all[i-1]
	}
	return ""
}

// Option is one NixOS option, or one value below a free-form option.
type Option struct {
	Path     string  // as looked up: services.openssh.settings.AllowUsers
	Type     Type    // what values it takes
	Since    Release // first release that has it; "" if all do
	Until    Release // first release without it; "" if none
	Use      string  // what replaced it, when it is gone; may be ""
	From     string  // the flake input that declares it; "" for NixOS itself
	FreeForm bool    // not declared by name, but allowed below a declared option
	Source   string  // where Since and Until are from; "" for the evaluated table

	at      node    // for checking values with parts of their own
	release Release // what it was looked up as of
}

// Lookup finds the option that a path in a module sets. Names in the path match
// the placeholders of the declarations: users.users.alice.shell is declared as
// users.users.<name>.shell. Items of a list have no path in a module; "*"
// stands for one. Where releases disagree the answer is the newest release's.
//
// An error names the nearest known option, if one is near.
func Lookup(path nix.AttrPath) (Option, error) { return LookupAt(path, R2611) }

// LookupAt is Lookup as of the release r. An option that r has not, because it
// is older or newer, is found all the same: see Option.Available.
func LookupAt(path nix.AttrPath, r Release) (Option, error) {
	n, err := find(path, r)
	if err != nil {
		return Option{}, err
	}
	if n.typ.Kind == Set {
		return Option{}, fmt.Errorf("%s is a set of options, not an option", path)
	}
	o := n.option()
	o.release = r
	return o, nil
}

// Available returns an error if the option does not exist in r.
func (o Option) Available(r Release) error {
	switch {
	case o.Since != "" && !r.AtLeast(o.Since):
		return fmt.Errorf("%s is new in NixOS %s, it does not exist in %s", o.Path, o.Since, r)
	case o.Until != "" && r.AtLeast(o.Until):
		err := fmt.Errorf("%s was removed in NixOS %s", o.Path, o.Until)
		if o.Use != "" {
			err = fmt.Errorf("%w: use %s", err, o.Use)
		}
		return err
	}
	return nil
}
