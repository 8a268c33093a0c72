package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newDocs is hidden: packages run it to make what they install.
func newDocs(*system) *cobra.Command {
	return &cobra.Command{
		Use:    "docs DIR",
		Short:  "Write the manual pages and a Markdown reference",
		Long:   "Docs writes DIR/man1/*.1, a manual page for every command, and DIR/pantherctl.md.",
		Hidden: true,
		Args:   usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeDocs(cmd.Root(), args[0])
		},
	}
}

func writeDocs(root *cobra.Command, dir string) error {
	man := filepath.Join(dir, "man1")
	if err := os.MkdirAll(man, 0o755); err != nil {
		return err
	}
	var reference strings.Builder
	for _, cmd := range documented(root) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		if err := os.WriteFile(filepath.Join(man, name), []byte(manPage(cmd)), 0o644); err != nil {
			return err
		}
		reference.WriteString(markdown(cmd))
	}
	return os.WriteFile(filepath.Join(dir, "pantherctl.md"), []byte(reference.String()), 0o644)
}

// documented returns a command and all that are shown below it.
func documented(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "completion" {
			all = append(all, documented(c)...)
		}
	}
	return all
}

func description(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short + "."
}

func useLine(cmd *cobra.Command) string {
	return strings.TrimSuffix(cmd.UseLine(), " [flags]")
}

// manPage writes man(7) macros. No date is in it, so that the same program
// always makes the same page.
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	title := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"pantherctl\" \"User Commands\"\n", roffArgument(strings.ToUpper(title)))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(title), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n\\fB%s\\fR", roff(useLine(cmd)))
	if cmd.HasAvailableSubCommands() {
		b.WriteString(" \\fIcommand\\fR")
	}
	b.WriteString(" [flags]\n.SH DESCRIPTION\n")
	for paragraph := range strings.SplitSeq(description(cmd), "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			fmt.Fprintf(&b, ".PP\n.EX\n%s\n.EE\n", roff(paragraph))
			continue
		}
		fmt.Fprintf(&b, ".PP\n%s\n", roff(paragraph))
	}
	section := func(heading string, flags *pflag.FlagSet) {
		if !flags.HasAvailableFlags() {
			return
		}
		fmt.Fprintf(&b, ".SH %s\n", heading)
		eachFlag(flags, func(names, usage string) {
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n%s\n", roff(names), roff(usage))
		})
	}
	section("OPTIONS", cmd.NonInheritedFlags())
	section("OPTIONS OF EVERY COMMAND", cmd.InheritedFlags())
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.EX\n%s\n.EE\n", roff(cmd.Example))
	}
	for i, other := range documented(cmd)[1:] {
		if i == 0 {
			b.WriteString(".SH SEE ALSO\n")
		} else {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "\\fB%s\\fR(1)", roff(strings.ReplaceAll(other.CommandPath(), " ", "-")))
	}
	return strings.TrimSuffix(b.String(), "\n") + "\n"
}

func eachFlag(flags *pflag.FlagSet, f func(names, usage string)) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(flag)
		names := "--" + flag.Name
		if flag.Shorthand != "" {
			names = "-" + flag.Shorthand + ", " + names
		}
		if value != "" {
			names += " " + value
		}
		if flag.DefValue != "" && flag.DefValue != "false" {
			usage += fmt.Sprintf(" (default %s)", flag.DefValue)
		}
		f(names, usage)
	})
}

// roff escapes a text, of which every line may stand at the start of one.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

func roffArgument(s string) string { return `"` + strings.ReplaceAll(roff(s), `"`, `""`) + `"` }

func markdown(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n\n    %s [flags]\n", cmd.CommandPath(), description(cmd), useLine(cmd))
	if cmd.HasAvailableLocalFlags() {
		b.WriteString("\n")
		eachFlag(cmd.LocalFlags(), func(names, usage string) { fmt.Fprintf(&b, "- `%s`: %s\n", names, usage) })
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n```sh\n%s\n```\n", cmd.Example)
	}
	return b.String() + "\n"
}
