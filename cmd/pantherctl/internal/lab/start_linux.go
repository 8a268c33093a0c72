package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// Argument is what the program is called with inside the namespaces: it then
// does nothing but [Inside].
const Argument = "lab-inside"

// ErrNamespaces says that this machine gives us no namespaces.
var ErrNamespaces = errors.New("the kernel gives this user no namespaces of its own: as root it would, or with kernel.unprivileged_userns_clone=1 and without an AppArmor profile that forbids them")

// Run does the work in namespaces that are gone when it returns. Without nft, or
// sshd where that is needed, it is [run.ErrNotFound].
func Run(ctx context.Context, w Work) (*Report, error) {
	if w.NFT == "" {
		w.NFT = "nft"
	}
	if w.SSHD == "" {
		w.SSHD = "sshd"
	}
	needed := &w.NFT
	if len(w.SSHDs) > 0 {
		needed = &w.SSHD // it insists on a path
	}
	found, err := run.Find(*needed)
	if err != nil {
		return nil, err
	}
	*needed = found
	work, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = run.Isolated(ctx, []string{Argument}, bytes.NewReader(work), &out)
	exit, ended := errors.AsType[*run.ExitError](err)
	switch {
	case ended:
		return nil, fmt.Errorf("the lab failed: %s", strings.TrimSpace(exit.Stderr))
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", ErrNamespaces, err)
	}
	var r Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("the lab's report cannot be read: %w", err)
	}
	for i := range r.Results {
		r.Results[i].Probe = w.Probes[i]
	}
	return &r, nil
}
