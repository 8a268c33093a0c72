package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/incident"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/live"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// incidentOptions are what incident is told.
type incidentOptions struct {
	document
	connection
	records  string
	after    time.Duration
	cutMeOff bool

	lock sync.Mutex // of what is written
}

func newIncident(s *system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "incident",
		Short: "Cut hosts off that somebody has broken into, and let them back",
		Long: `Incident starts and watches the units that incident: { enable: true } puts on
a host. While a host is isolated nobody but its operators reaches it, by SSH
alone, and nothing leaves it.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return hint(errors.New("no command given"), "see pantherctl incident --help")
		},
	}
	add := func(verb incident.Verb, short, long string) *cobra.Command {
		o := &incidentOptions{connection: connection{runner: run.System{}}}
		c := &cobra.Command{
			Use: string(verb) + " HOST...", Short: short, Long: long, Args: usage(cobra.MinimumNArgs(1)),
			ValidArgsFunction: o.document.hosts(s),
			RunE:              func(_ *cobra.Command, args []string) error { return o.run(s, verb, args) },
		}
		o.document.flag(c)
		o.connection.flag(c)
		c.Flags().StringVar(&o.records, "record", "incidents", "the folder of records, one file for each host")
		must(c.MarkFlagDirname("record"))
		if verb == incident.Isolate {
			c.Flags().DurationVar(&o.after, "confirm-within", 2*time.Minute, "the host is let back after this time unless it was reached again")
			c.Flags().BoolVar(&o.cutMeOff, "cut-me-off", false, "isolate from an address that is no operator's; the host is let back unless an operator confirms")
		}
		cmd.AddCommand(c)
		return c
	}
	add(incident.Isolate, "Cut hosts off from everybody but their operators", `Isolate has each host look around, keep what it saw, and cut everybody off but
its operators. Before, it sets a timer on the host that lets it back; the timer
ends only when a second connection, new from the first packet, has come in.
What an intruder may have read, and must be made anew, is listed at the end.`)
	add(incident.Status, "Show whether hosts are isolated, and since when", "Status changes nothing.")
	add(incident.Release, "Let hosts back", `Release ends the isolation of each host and looks, by a second connection,
whether it is over. What must be made anew is listed once more.`)
	return cmd
}

// limits of how long an unconfirmed isolation may last: shorter ones end before
// a second connection can come in.
const shortestConfirm, longestConfirm = 5 * time.Second, time.Hour

func (o *incidentOptions) run(s *system, verb incident.Verb, names []string) error {
	if verb == incident.Isolate && (o.after < shortestConfirm || o.after > longestConfirm) {
		return hint(fmt.Errorf("--confirm-within %s is out of bounds", o.after), fmt.Sprintf("between %s and %s", shortestConfirm, longestConfirm))
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	hosts, err := chosen(fleet, names)
	if err != nil {
		return err
	}
	if err := o.connection.known(fleet); err != nil {
		return err
	}
	remove, err := o.open(fleet)
	if err != nil {
		return err
	}
	defer remove()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var wait sync.WaitGroup
	failed := make([]bool, len(hosts))
	for i, h := range hosts {
		wait.Go(func() {
			failed[i] = o.host(ctx, s, verb, h) != nil
		})
	}
	wait.Wait()
	for _, f := range failed {
		if f {
			return errFindings
		}
	}
	return nil
}

// host does what is asked to one host, and tells and records how it went.
func (o *incidentOptions) host(ctx context.Context, s *system, verb incident.Verb, h *policy.Host) error {
	tell := func(event string, err error) {
		o.lock.Lock()
		defer o.lock.Unlock()
		fmt.Fprintf(s.out, "%s: %s\n", h.Name, oneLine(event))
		if h, ok := errors.AsType[*hintError](err); ok {
			fmt.Fprintf(s.out, "  hint: %s\n", oneLine(h.hint))
		}
		if verb == incident.Status {
			return
		}
		if err := o.record(s, h, verb, event); err != nil {
			fmt.Fprintf(s.err, "pantherctl: no record is kept: %s\n", oneLine(err.Error()))
		}
	}
	var state incident.State
	var err error
	switch verb {
	case incident.Status:
		state, err = o.ask(ctx, h, incident.Status)
	case incident.Isolate:
		tell("isolating it; it lets itself back after "+o.after.String()+" unless it is reached again", nil)
		state, err = o.isolate(ctx, h)
	case incident.Release:
		if _, err = o.ask(ctx, h, incident.Release); err == nil {
			state, err = o.ask(ctx, h, incident.Status)
		}
	}
	if err != nil {
		tell(err.Error(), err)
		return err
	}
	tell(state.String(), nil)
	if state.Evidence != "" && verb != incident.Release {
		tell("what it looked like lies there in "+state.Evidence, nil)
	}
	if verb != incident.Status {
		tell("make anew, on a host that is clean: "+strings.Join(h.Rotate(), "; "), nil)
	}
	return nil
}

// isolate cuts a host off and confirms by a second connection. The error says
// in what state the host is left.
func (o *incidentOptions) isolate(ctx context.Context, h *policy.Host) (incident.State, error) {
	_, err := o.ask(ctx, h, incident.Isolate)
	if err != nil && !errors.Is(err, errLost) {
		return incident.State{}, keepHint("not isolated: %w", err)
	}
	// A connection that was lost says nothing: the unit may have started.
	state, confirmation := o.confirm(ctx, h)
	if confirmation == nil {
		return state, nil
	}
	return state, hint(fmt.Errorf("nobody has confirmed it, so it lets itself back within %s: %w", o.after, confirmation),
		"look at it then: pantherctl incident status "+h.Name)
}

// errLost says that a connection ended before the host had answered.
var errLost = errors.New("the connection was lost")

// keepHint adds words to an error that may have a way out.
func keepHint(format string, err error) error {
	words := fmt.Errorf(format, err)
	if h, ok := errors.AsType[*hintError](err); ok {
		return hint(words, h.hint)
	}
	return words
}

// confirm tries again until the host would let itself back. Three tries in
// twenty seconds are as many as sshd's penalties allow.
func (o *incidentOptions) confirm(ctx context.Context, h *policy.Host) (incident.State, error) {
	ctx, cancel := context.WithTimeout(ctx, o.after)
	defer cancel()
	for {
		state, err := o.ask(ctx, h, incident.Confirm)
		if _, refused := errors.AsType[*incident.Refusal](err); err == nil || refused {
			return state, err
		}
		select {
		case <-ctx.Done():
			return state, err
		case <-time.After(7 * time.Second):
		}
	}
}

// ask sends one request over a connection of its own.
func (o *incidentOptions) ask(ctx context.Context, h *policy.Host, verb incident.Verb) (incident.State, error) {
	r := incident.Request{Verb: verb, Nonce: nonce(), After: o.after, Stay: o.cutMeOff}
	out, err := o.root(ctx, h, r.Script(h), incident.MaxAnswer)
	answer, parsing := live.Parse(out, r.Nonce)
	if parsing != nil || !answer.Whole {
		why, way := o.explain(h, cmp.Or(err, live.ErrNoAnswer))
		failed, ok := errors.AsType[*run.SSHError](err)
		if ok && failed.Kind == run.Lost || errors.Is(err, context.DeadlineExceeded) || parsing == nil {
			return incident.State{}, hint(fmt.Errorf("%w: %s", errLost, why), way)
		}
		return incident.State{}, hint(errors.New(why), way)
	}
	state, err := incident.Read(verb, answer)
	if refused, ok := errors.AsType[*incident.Refusal](err); ok {
		return state, hint(refused, refused.Hint)
	}
	return state, nil
}

// record adds a line to the file of a host: JSON, with the time in UTC. Nothing
// of it is secret, but it is nobody else's business.
func (o *incidentOptions) record(s *system, h *policy.Host, verb incident.Verb, event string) error {
	if err := os.MkdirAll(o.records, 0o700); err != nil {
		return err
	}
	line, err := json.Marshal(struct {
		Time  time.Time     `json:"time"`
		Host  string        `json:"host"`
		Verb  incident.Verb `json:"command"`
		Event string        `json:"event"`
	}{s.now().UTC(), h.Name, verb, report.Clean(event)})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(o.records, h.Name+".jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}
