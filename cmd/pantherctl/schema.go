package main

import (
	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/schema"
)

func newSchema(s *system) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of documents",
		Long: `Schema prints the JSON Schema (draft 2020-12) of a document. An editor with
yaml-language-server checks and completes a document that begins with the line

  # yaml-language-server: $schema=security.schema.json`,
		Example:           "  pantherctl schema > security.schema.json",
		Args:              usage(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			text, err := schema.JSONSchema()
			if err != nil {
				return err
			}
			_, err = s.out.Write(text)
			return err
		},
	}
}
