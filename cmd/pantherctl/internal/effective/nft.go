package effective

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// nft reports a ruleset that would not load, as NixOS does where it builds the
// host. nft asks the kernel, which lets it in namespaces of its own.
func (p *Programs) nft(ctx context.Context, h *policy.Host, f *facts.Host) []check.Finding {
	load := func(ruleset string) error {
		_, err := p.ask(ctx, ruleset, "unshare", "--user", "--map-root-user", "--net", "nft", "--check", "--file", "/dev/stdin")
		return err
	}
	if err := load("table inet empty { }\n"); err != nil {
		if exit, ok := errors.AsType[*run.ExitError](err); ok && exit.Code == 127 {
			err = run.ErrNotFound
		}
		return []check.Finding{unasked("V6", h, "firewall.mode", "nft", err)}
	}
	err := load(f.Nftables.Ruleset)
	switch {
	case err == nil:
		return nil
	case !strings.Contains(err.Error(), ": Error: ") || strings.Contains(err.Error(), "Could not process rule"):
		return []check.Finding{unasked("V6", h, "firewall.mode", "nft", err)} // this kernel's opinion, not the host's
	}
	return []check.Finding{finding("V6", h, "firewall.mode", fmt.Sprintf("the host cannot be built: nft does not load its ruleset: %s", words(err)),
		"mend the rules that other modules add")}
}
