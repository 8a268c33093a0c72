package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
)

// The rules of what the user reads:
//
//   - What was asked for goes to standard output: problems of the document,
//     findings, diffs, what was written. In a machine format nothing else does.
//   - What keeps pantherctl from doing it goes to standard error, as one line
//     "pantherctl: what happened, to which file", then "hint: what to do".
//   - No capital at the beginning, no full stop at the end.

// system is what a command sees of the machine.
type system struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
	terminal bool // out is one
	progress bool // err is one

	color string // --color: auto, always or never
}

// errFindings says that the report, already written, has errors.
var errFindings = errors.New("findings")

// errChanges says that what was planned, already told, changes something.
var errChanges = errors.New("changes")

// hintError is an error with a way out.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }
func (e *hintError) Hint() string  { return e.hint }

func hint(err error, hint string) error { return &hintError{err, hint} }

// fail writes an error for people.
func (s *system) fail(err error) {
	fmt.Fprintf(s.err, "pantherctl: %s\n", oneLine(err.Error()))
	if h, ok := errors.AsType[*hintError](err); ok {
		fmt.Fprintf(s.err, "hint: %s\n", oneLine(h.hint))
	}
}

func oneLine(s string) string {
	return strings.ReplaceAll(report.Clean(strings.TrimSpace(s)), "\n", "; ")
}

// coloured reports whether text on standard output is to be coloured, see
// no-color.org.
func (s *system) coloured() bool {
	switch s.color {
	case "always":
		return true
	case "never":
		return false
	}
	return s.terminal && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}

// newRoot returns the command of all commands.
func newRoot(s *system) *cobra.Command {
	root := &cobra.Command{
		Use:   "pantherctl",
		Short: "Secure NixOS modules from one description of a fleet",
		Long: `pantherctl reads one YAML document that says what the hosts of a fleet are
for and who may reach what, and writes NixOS modules from it, one for each
concern: users, firewall, SSH, Tailscale, secrets, kernel and more.

Exit codes: 0 fine, 1 findings or a difference, 2 wrong usage or failure.`,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			way := "pantherctl --help lists them"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				way = fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
			}
			return hint(fmt.Errorf("there is no command %q", args[0]), way)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return hint(errors.New("no command given"), "see pantherctl --help")
		},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return oneOf("--color", s.color, colours())
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.PersistentFlags().StringVar(&s.color, "color", "auto", "colour the text: auto, always or never")
	complete(root, "color", colours())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return hint(err, "see "+cmd.CommandPath()+" --help")
	})
	root.AddCommand(newInit(s), newValidate(s), newGenerate(s), newCheck(s), newPlan(s), newDeploy(s),
		newAudit(s), newIncident(s), newReach(s), newSurface(s), newLab(s), newVMTest(s), newTailnet(s),
		newShow(s), newLevels(s), newSchema(s), newRules(s), newExplain(s), newVersion(s), newDocs(s),
		newLabInside(s))
	return root
}

func colours() []string { return []string{"auto", "always", "never"} }

// oneOf checks the value of a flag.
func oneOf(flag, value string, known []string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return hint(fmt.Errorf("%s %q is unknown", flag, value), "write one of "+strings.Join(known, ", "))
}

// complete offers the words a flag takes to the shell.
func complete(cmd *cobra.Command, flag string, words []string) {
	must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
}

// must stops on what only a mistake in this program can cause, such as the
// name of a flag that does not exist.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// usage wraps a check of arguments so that its error says what the command
// takes, and where to look.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		_, takes, _ := strings.Cut(cmd.Use, " ")
		got, way := "nothing", "see "+cmd.CommandPath()+" --help"
		if len(args) > 0 {
			got = fmt.Sprintf("%q", strings.Join(args, " "))
		}
		switch {
		case cmd.HasSubCommands():
			takes = "one of its commands"
		case takes == "" && cmd.Flags().Lookup("file") != nil:
			takes, way = "no argument", "-f names the document; "+way
		case takes == "":
			takes = "no argument"
		}
		return hint(fmt.Errorf("%s takes %s, not %s", strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" "), takes, got), way)
	}
}
