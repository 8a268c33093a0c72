// Package effective asks the real programs what they make of the texts that an
// evaluated host gives them: sshd, where a Match block or an earlier line takes
// a setting's place, and nft, whether it would load the ruleset.
package effective

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Programs are those of this machine. Hosts of a fleet are much alike: the same
// question is asked once. The zero value with a Runner is ready for use, by one
// goroutine.
type Programs struct {
	Runner  run.Runner
	answers map[[sha256.Size]byte]answer
}

type answer struct {
	out []byte
	err error
}

// timeout is how long a program may take for one text.
const timeout = 20 * time.Second

// Host returns where the programs make something else of a host than its
// policy says, and what could not be asked.
func (p *Programs) Host(ctx context.Context, h *policy.Host, f *facts.Host) []check.Finding {
	var found []check.Finding
	if h.SSH.Mode.V != schema.Own && f.SSHD.Enable {
		found = append(found, p.sshd(ctx, h, f)...)
	}
	if h.Firewall.Mode.V != schema.Own && f.Nftables.Enable {
		found = append(found, p.nft(ctx, h, f)...)
	}
	return found
}

// ask runs a program with a text as its standard input.
func (p *Programs) ask(ctx context.Context, text, name string, args ...string) ([]byte, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%q %q %s", name, args, text))
	if a, ok := p.answers[key]; ok {
		return a.out, a.err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := p.Runner.Run(ctx, run.Command{Name: name, Args: args, Stdin: []byte(text), Env: []string{"LC_ALL=C"}})
	if p.answers == nil {
		p.answers = map[[sha256.Size]byte]answer{}
	}
	p.answers[key] = answer{out, err}
	return out, err
}

// finding returns one about a section of the document, "ssh" or "firewall".
func finding(id string, h *policy.Host, section, message, hint string) check.Finding {
	r, _ := rule.Find(id)
	return check.Finding{
		Rule: id, Severity: r.Severity, Host: h.Name, Path: h.Path(section), Pos: h.From.Pos,
		Message: message, Hint: hint, Status: check.Fail,
	}
}

// unasked is a finding that could not be looked for.
func unasked(id string, h *policy.Host, section, program string, err error) check.Finding {
	reason := words(err)
	if errors.Is(err, run.ErrNotFound) {
		reason = program + " is not in PATH"
	}
	f := finding(id, h, section, fmt.Sprintf("what %s makes of its text was not asked: %s", program, reason), "")
	f.Status = check.NotChecked
	return f
}

// words are what a program says of its failure, on one line.
func words(err error) string {
	exit, ok := errors.AsType[*run.ExitError](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case !ok || strings.TrimSpace(exit.Stderr) == "":
		return err.Error()
	}
	first, _, _ := strings.Cut(strings.TrimSpace(exit.Stderr), "\n")
	return strings.TrimSpace(strings.TrimPrefix(first, "/dev/stdin"))
}
