package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/schema"
)

// version is set by the linker of a package, -X main.version=1.2.3.
var version string

func newVersion(s *system) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version and what it knows",
		Args:              usage(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			releases := schema.Releases()
			_, err := fmt.Fprintf(s.out, "pantherctl %s (%s, %s/%s)\nNixOS %s to %s\n", versionName(),
				runtime.Version(), runtime.GOOS, runtime.GOARCH, releases[0], releases[len(releases)-1])
			return err
		},
	}
}

// versionName returns the version that the package or the module system knows.
func versionName() string {
	built := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		built = strings.Trim(info.Main.Version, "()")
	}
	return cmp.Or(version, built, "devel")
}
