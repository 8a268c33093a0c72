package deploy

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// canary logs in through the new configuration, which an sshd started for this
// one login reads, over the session that the running one lets us open. It
// returns why that failed.
//
// Accounts and groups are those that run: a user who is to come into a group
// of the new system only then cannot be tried.
func (r *deployment) canary(ctx context.Context, a answer) string {
	f := r.job.Facts
	if groups := words(f.SSHD.Settings["AllowGroups"]); len(groups) > 0 && !slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(a["group"], g) }) {
		r.result.Notes = append(r.result.Notes, "not tried: a login through the new sshd, as "+r.job.Path.User+" is not yet in its groups")
		return ""
	}
	p := r.job.Path
	inner := append(append([]string{"ssh"}, p.ssh(r.Known, r.Timing)...), "--", "sudo -n sh -c "+quote(canaryCommand(r.Run)))
	for i, word := range inner {
		inner[i] = strings.ReplaceAll(quote(word), "%", "%%")
	}
	args := append([]string{"-o", "ProxyCommand=" + strings.Join(inner, " ")}, p.ssh(r.Known, r.Timing)...)
	_, err := r.Runner.Run(ctx, run.Command{Name: "ssh", Args: append(args, "--", "true"), Env: []string{"LC_ALL=C"}})
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		return "a login through the new sshd fails: " + lastLines(exit.Stderr, 2)
	}
	if err != nil {
		return "a login through the new sshd fails: " + err.Error()
	}
	return ""
}

// canaryCommand starts the sshd, which must be called by its full path.
func canaryCommand(run string) string {
	return `PATH=/run/current-system/sw/bin:/usr/sbin:$PATH; f=/run/pantherctl/canary-` + run + `; "$(command -v sshd)" -i -e -f "$f"; rm -f "$f"`
}
