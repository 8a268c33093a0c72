package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
)

func newRules(s *system) *cobra.Command {
	var format string
	formats := []string{"text", "json"}
	cmd := &cobra.Command{
		Use:               "rules",
		Short:             "List the rules that hosts are judged by",
		Example:           "  pantherctl rules\n  pantherctl rules --format json",
		Args:              usage(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, formats); err != nil {
				return err
			}
			if format == "json" {
				return printJSON(s.out, rule.All())
			}
			return listRules(s.out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	complete(cmd, "format", formats)
	return cmd
}

func printJSON(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

func listRules(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rule.All() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Concern, stages(r), r.Title)
	}
	return table.Flush()
}

func stages(r rule.Rule) string {
	names := make([]string, len(r.Stages))
	for i, s := range r.Stages {
		names[i] = string(s)
	}
	return strings.Join(names, ",")
}

func newExplain(s *system) *cobra.Command {
	return &cobra.Command{
		Use:     "explain RULE",
		Short:   "Explain a rule: why it bites and how to fix it",
		Example: "  pantherctl explain B1",
		Args:    usage(cobra.ExactArgs(1)),
		ValidArgsFunction: func(_ *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(given) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var ids []cobra.Completion
			for _, r := range rule.All() {
				ids = append(ids, cobra.CompletionWithDesc(r.ID, r.Title))
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			r, ok := rule.Find(args[0])
			if !ok {
				way := "pantherctl rules lists them"
				if near := rule.Nearest(args[0]); near != "" {
					way = fmt.Sprintf("did you mean %s?", near)
				}
				return hint(fmt.Errorf("there is no rule %q", args[0]), way)
			}
			return explain(s.out, r)
		},
	}
}

func explain(w io.Writer, r rule.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n%s, about %s, judged on: %s\n", r.ID, r.Title, r.Severity, r.Concern, stages(r))
	for _, part := range []struct{ heading, text string }{
		{"why", r.Rationale},
		{"fix", r.Fix},
		{"in generated modules", r.Guaranteed},
		{"see", r.Reference},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", part.heading, wrap(part.text, 76, "  "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks a text into indented lines of at most width characters.
func wrap(text string, width int, indent string) string {
	var lines []string
	at := indent
	for _, word := range strings.Fields(text) {
		if at != indent && len([]rune(at))+1+len([]rune(word)) > width {
			lines = append(lines, at)
			at = indent
		}
		if at != indent {
			at += " "
		}
		at += word
	}
	return strings.Join(append(lines, at), "\n")
}
