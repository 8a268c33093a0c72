package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
	"github.com/tailscale/hujson"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/control"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/tailnet"
)

// tokenVariable holds the API key where no file is named.
const tokenVariable = "TS_API_KEY"

// controlOptions say which control plane to speak with, and as whom.
type controlOptions struct {
	policyFile
	api, tailnet, tokenFile string
}

func (o *controlOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.api, "api", "https://api.tailscale.com", "the control plane's API")
	cmd.Flags().StringVar(&o.tailnet, "tailnet", "-", "the tailnet, - for the token's own")
	cmd.Flags().StringVar(&o.tokenFile, "token-file", "", "the file with the API key (default $"+tokenVariable+")")
	must(cmd.MarkFlagFilename("token-file"))
}

// client reads the token. It is never an argument, which others could see.
func (o *controlOptions) client(s *system) (*control.Client, error) {
	token := s.getenv(tokenVariable)
	if o.tokenFile != "" {
		info, err := os.Stat(o.tokenFile)
		if err != nil {
			return nil, err
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, hint(fmt.Errorf("--token-file %s: others may read it", o.tokenFile), "chmod 600 "+shellWord(o.tokenFile))
		}
		text, err := readRegular(o.tokenFile)
		if err != nil {
			return nil, err
		}
		token = string(text)
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return nil, hint(errors.New("there is no token"), "set "+tokenVariable+", or name a file with --token-file")
	}
	return &control.Client{API: o.api, Tailnet: o.tailnet, Token: token}, nil
}

func newTailnetDiff(s *system) *cobra.Command {
	o := &controlOptions{}
	cmd := &cobra.Command{
		Use:   "diff FILE",
		Short: "Show what pushing a policy file would change",
		Long: `Diff shows how the policy in force at the control plane differs from the file,
both formatted. The first line names the ETag of the policy in force: give it to
tailnet push --expect, and nothing but what was shown is replaced.`,
		Example: `  pantherctl tailnet diff --token-file key generated/tailnet/policy.hujson`,
		Args:    usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return o.diff(cmd.Context(), s)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *controlOptions) diff(ctx context.Context, s *system) error {
	client, err := o.client(s)
	if err != nil {
		return err
	}
	want, err := o.formatted(s)
	if err != nil {
		return err
	}
	now, etag, err := client.Policy(ctx)
	if err != nil {
		return controlError(err)
	}
	now = format(now)
	if bytes.Equal(now, want) {
		fmt.Fprintf(s.out, "in force as it is: %s\n", etag)
		return nil
	}
	fmt.Fprintf(s.out, "in force: %s\n", etag)
	text := bytes.NewBuffer(diff.Diff("in force", now, o.name(), want))
	return errors.Join(report.Diff(s.out, s.coloured(), text), errFindings)
}

// format lays a policy out as the control plane does; a text that is no policy
// stays.
func format(text []byte) []byte {
	if formatted, err := hujson.Format(text); err == nil {
		return formatted
	}
	return text
}

// formatted reads the file.
func (o *controlOptions) formatted(s *system) ([]byte, error) {
	text, err := o.read(s)
	if errors.Is(err, fs.ErrNotExist) {
		err = hint(err, "name a policy file (HuJSON)")
	}
	return format(text), err
}

// tailnetPushOptions are what tailnet push is told.
type tailnetPushOptions struct {
	controlOptions
	expect string
}

func newTailnetPush(s *system) *cobra.Command {
	o := &tailnetPushOptions{}
	cmd := &cobra.Command{
		Use:   "push FILE",
		Short: "Put a policy file in force",
		Long: `Push puts the policy file, formatted, in force at the control plane. The file is
checked here first, then by the control plane, which runs its tests. Only the
policy that was in force when push began is replaced, or the one that --expect
names: an edit that someone else made in the meantime is never lost.`,
		Example: `  pantherctl tailnet push --token-file key generated/tailnet/policy.hujson
  pantherctl tailnet push --expect '"5e8d…"' policy.hujson`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return o.push(cmd.Context(), s)
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.expect, "expect", "", "replace the policy with this ETag only, as tailnet diff names it")
	return cmd
}

func (o *tailnetPushOptions) push(ctx context.Context, s *system) error {
	text, err := o.formatted(s)
	if err != nil {
		return err
	}
	var refused []report.Entry
	for _, e := range o.entries(tailnet.Lint(text)) {
		if e.Fails() {
			refused = append(refused, e)
		}
	}
	if len(refused) > 0 {
		return errors.Join(report.Write(s.out, report.Text, s.coloured(), refused), errFindings)
	}
	client, err := o.client(s)
	if err != nil {
		return err
	}
	_, etag, err := client.Policy(ctx)
	switch {
	case err != nil:
		return controlError(err)
	case o.expect != "" && strings.Trim(etag, `"`) != strings.Trim(o.expect, `"`):
		return controlError(control.ErrChanged)
	case etag == control.ETag(text):
		fmt.Fprintf(s.out, "in force as it is: %s\n", etag)
		return nil
	}
	if err = client.Validate(ctx, text); err == nil {
		err = client.Set(ctx, text, etag)
	}
	if r := (*control.RefusedError)(nil); errors.As(err, &r) {
		return errors.Join(report.Write(s.out, report.Text, s.coloured(), o.refusal(r)), errFindings)
	}
	if err != nil {
		return controlError(err)
	}
	fmt.Fprintf(s.out, "in force: %s\n", control.ETag(text))
	return nil
}

// refusal is what the control plane says of a policy, in our form.
func (o *tailnetPushOptions) refusal(r *control.RefusedError) []report.Entry {
	entries := []report.Entry{{Severity: rule.Error, Status: check.Fail, File: o.name(), Message: r.Message}}
	for _, f := range r.Failures {
		for _, e := range f.Errors {
			entries = append(entries, report.Entry{Severity: rule.Error, Status: check.Fail, File: o.name(), Message: f.User + ": " + e})
		}
	}
	return entries
}

// controlError adds the way out to what a control plane answered.
func controlError(err error) error {
	switch {
	case errors.Is(err, control.ErrToken):
		return hint(err, "make a new API key: they end after 90 days at the latest")
	case errors.Is(err, control.ErrTailnet):
		return hint(err, "--tailnet names it, - is the token's own")
	case errors.Is(err, control.ErrChanged):
		return hint(err, "pantherctl tailnet diff shows the change; take it over, then push again")
	}
	return err
}
