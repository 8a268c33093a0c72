package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Build is a derivation that Nix is to build.
type Build struct {
	Installable string   // ".#checks.x86_64-linux.server-boot"
	Options     []string // further ones of nix build, such as --builders
}

// Run has Nix build it, writes the log of the build to said as it comes, and
// returns the path in the store. Its errors are a [*FeaturesError],
// [ErrNoAttribute], [ErrBuild] for a build that failed, or those of a [Watcher].
func (b Build) Run(ctx context.Context, w Watcher, said io.Writer) (path string, err error) {
	args := append([]string{
		"build", "--extra-experimental-features", "nix-command flakes",
		"--no-link", "--print-out-paths", "--print-build-logs", b.Installable,
	}, b.Options...)
	out, err := w.Watch(ctx, Command{Name: "nix", Args: args}, said)
	if exit, ok := errors.AsType[*ExitError](err); ok {
		return "", explainBuild(exit)
	}
	return strings.TrimSpace(string(out)), err
}

// What can keep Nix from a result.
var (
	ErrNoAttribute = errors.New("the flake has no such attribute")
	ErrBuild       = errors.New("the build failed")
)

// A FeaturesError says that no builder has what a derivation needs.
type FeaturesError struct {
	System  string   // that it is to be built on, such as "x86_64-linux"
	Missing []string // of kvm, nixos-test, uid-range, …; none if the system is another
}

func (e *FeaturesError) Error() string {
	if len(e.Missing) == 0 {
		return "no builder is a " + e.System
	}
	return fmt.Sprintf("no builder of %s has %s", e.System, strings.Join(e.Missing, " and "))
}

// What Nix says when nobody can build something, since 2.30 and before, read in
// its sources (libstore, derivation-building-goal.cc and local-derivation-goal.cc).
var (
	newFeatures = regexp.MustCompile(`(?s)Required system: '([^']+)' with features \{([^}]*)\}.*?Current system: '([^']+)' with features \{([^}]*)\}`)
	oldFeatures = regexp.MustCompile(`(?s)a '([^']+)' with features \{([^}]*)\} is required to build.*?I am a '([^']+)' with features \{([^}]*)\}`)
)

func explainBuild(exit *ExitError) error {
	text := escapes.ReplaceAllString(exit.Stderr, "")
	for _, form := range []*regexp.Regexp{newFeatures, oldFeatures} {
		if m := form.FindStringSubmatch(text); m != nil {
			e := &FeaturesError{System: m[1]}
			for _, f := range strings.FieldsFunc(m[2], separator) {
				if !slices.Contains(strings.FieldsFunc(m[4], separator), f) {
					e.Missing = append(e.Missing, f)
				}
			}
			return e
		}
	}
	switch {
	case strings.Contains(text, "does not provide attribute"):
		return ErrNoAttribute
	case strings.Contains(text, "builder for '") || strings.Contains(text, "Cannot build '"):
		return ErrBuild
	}
	return exit
}

func separator(r rune) bool { return r == ',' || r == ' ' }
