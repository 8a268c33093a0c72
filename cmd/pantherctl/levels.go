package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// levelsOptions are what levels is told.
type levelsOptions struct {
	document
	changes  bool
	markdown bool
	level    string // "" for all
}

func newLevels(s *system) *cobra.Command {
	o := &levelsOptions{}
	cmd := &cobra.Command{
		Use:   "levels [LEVEL]",
		Short: "Print what the levels set, and why",
		Long: `Levels prints the defaults of workstation, server and high-security, each with
its reason and where that can be read up.

A document pins their content by its version. With --changes, what the newest
version would set otherwise for the document is printed instead. With --markdown
all levels stand side by side in one table.`,
		Example: `  pantherctl levels server
  pantherctl levels --changes
  pantherctl levels --markdown > levels.md`,
		Args:      usage(cobra.MaximumNArgs(1)),
		ValidArgs: policy.LevelSet{}.Names(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.level = args[0]
			}
			return o.run(s)
		},
	}
	o.document.flag(cmd)
	cmd.Flags().BoolVar(&o.changes, "changes", false, "what the newest version would change for the document")
	cmd.Flags().BoolVar(&o.markdown, "markdown", false, "all levels in one table")
	cmd.MarkFlagsMutuallyExclusive("changes", "markdown")
	return cmd
}

func (o *levelsOptions) run(s *system) error {
	newest, err := policy.Levels(policy.NewestVersion)
	if err != nil {
		return err
	}
	if o.changes {
		return o.compare(s, newest)
	}
	names := newest.Names()
	if o.level != "" {
		if err := oneOf("level", o.level, names); err != nil {
			return err
		}
		names = []string{o.level}
	}
	if o.markdown {
		return levelTable(s.out, newest, names)
	}
	for i, name := range names {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		fmt.Fprintf(s.out, "%s\n\n", name)
		if err := printSettings(s.out, newest.Settings(name).All()); err != nil {
			return err
		}
	}
	return nil
}

func (o *levelsOptions) compare(s *system, newest policy.LevelSet) error {
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	pinned, err := policy.Levels(fleet.Version.V)
	if err != nil {
		return err
	}
	changes := policy.Changes(pinned, newest)
	for _, c := range changes {
		fmt.Fprintf(s.out, "%s: %s: %s -> %s: %s [%s]\n", c.Level, c.Path, c.Old, c.New, c.Why, c.Source)
	}
	if len(changes) == 0 {
		fmt.Fprintf(s.out, "version %d is the newest, or the newest sets the same\n", fleet.Version.V)
	}
	return nil
}
