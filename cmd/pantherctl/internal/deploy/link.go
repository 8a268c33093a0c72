package deploy

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// supervisor is what runs on the host.
//
//go:embed target.sh
var supervisor string

// vars are variables of the supervisor. They reach the host on standard input:
// arguments could be read by anybody there.
type vars map[string]string

// An answer is what the supervisor says, by name.
type answer map[string][]string

// one returns the last value of a name, or "".
func (a answer) one(name string) string {
	if v := a[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// Limits of what is taken from a host: it may have been broken into.
const (
	maxAnswer = 64 << 10
	maxValue  = 1000
)

// answerLine is what the supervisor prints; anything else, such as what a login
// shell greets with, is passed over.
var answerLine = regexp.MustCompile(`^([a-z_]{1,20})=(.*)$`)

// read takes what a host said as data: bounded, and without control characters.
func read(out []byte) answer {
	a := answer{}
	for line := range strings.Lines(string(out[:min(len(out), maxAnswer)])) {
		if m := answerLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			a[m[1]] = append(a[m[1]], clean(m[2], maxValue))
		}
	}
	return a
}

// A link runs the supervisor as root on one host.
type link struct {
	runner run.Runner
	path   Path
	known  string
	timing Timing
	run    string
	log    io.Writer
	keys   []string // fingerprints of the host's keys, as the document has them
}

func (d *Deployer) link(job Job, log io.Writer) link {
	return link{d.Runner, job.Path, d.Known, d.Timing, d.Run, log, job.Host.Fingerprints()}
}

// root runs a command of the supervisor over a connection of its own.
func (l link) root(ctx context.Context, command string, v vars) (answer, error) {
	c := run.Command{Stdin: []byte(l.script(v)), Env: []string{"LC_ALL=C"}}
	switch {
	case !l.path.Local:
		c.Name, c.Args = "ssh", append(l.path.ssh(l.known, l.timing), "--", "sudo -n sh -s -- "+command+` "$SSH_CONNECTION"`) // of which sudo keeps nothing
	case os.Geteuid() == 0:
		c.Name, c.Args = "sh", []string{"-s", "--", command}
	default:
		c.Name, c.Args = "sudo", []string{"-n", "sh", "-s", "--", command}
	}
	out, err := l.runner.Run(ctx, c)
	a := read(out)
	if why := a.one("refused"); why != "" {
		return a, &RefusedError{why}
	}
	exit, ended := errors.AsType[*run.ExitError](err)
	switch {
	case ended:
		err = l.explain(exit)
	case ctx.Err() != nil:
		err = &LinkError{Kind: ErrLate}
	}
	if err != nil {
		fmt.Fprintf(l.log, "%s: %v\n", command, err)
	}
	return a, err
}

// script is the supervisor with its variables.
func (l link) script(v vars) string {
	var b strings.Builder
	fmt.Fprintf(&b, "run=%s\n", quote(l.run))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		fmt.Fprintf(&b, "%s=%s\n", name, quote(v[name]))
	}
	return b.String() + supervisor
}

// quote makes one word of the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Errors of a connection.
var (
	ErrOffline = errors.New("it does not answer")
	ErrLate    = errors.New("it did not answer in time")
	ErrLost    = errors.New("the connection was lost")
	ErrHostKey = errors.New("another host key")
	ErrLogin   = errors.New("it does not let us in")
	ErrSudo    = errors.New("sudo wants a password")
)

// lost reports whether an error may go away by itself.
func lost(err error) bool {
	return errors.Is(err, ErrOffline) || errors.Is(err, ErrLate) || errors.Is(err, ErrLost) || errors.Is(err, ErrLogin) || errors.Is(err, ErrHostKey)
}

// A LinkError is one of the above, with the words of the program that said so.
type LinkError struct {
	Kind  error
	Words string
	Way   string
}

func (e *LinkError) Error() string {
	if e.Words == "" {
		return e.Kind.Error()
	}
	return e.Kind.Error() + ": " + e.Words
}

func (e *LinkError) Unwrap() error { return e.Kind }

// Hint is a way out, or "".
func (e *LinkError) Hint() string { return e.Way }

// A RefusedError is the supervisor's own no.
type RefusedError struct{ Why string }

func (e *RefusedError) Error() string {
	if other, ok := strings.CutPrefix(e.Why, "busy "); ok {
		return "the deployment " + other + " is under way there"
	}
	return "the host refused: " + e.Why
}

// explain says what it means that ssh, or sudo behind it, ended with an error.
func (l link) explain(exit *run.ExitError) error {
	words := lastLines(exit.Stderr, 3)
	if strings.Contains(exit.Stderr, "a password is required") || strings.Contains(exit.Stderr, "a terminal is required") {
		return &LinkError{ErrSudo, words, "security.sudo lets the deploy user become root without one, see users.NAME.deploy"}
	}
	if exit.Code != 255 || l.path.Local {
		return exit
	}
	e := &LinkError{Kind: ErrLost, Words: words}
	switch run.KindOf(exit.Stderr) {
	case run.WrongKey, run.UnknownKey:
		e.Kind = ErrHostKey
		e.Words = run.KeyMessage(run.Fingerprint(exit.Stderr), l.keys)
		e.Way = "if the machine is new, put its key into hosts." + l.path.Host + ".host_keys; otherwise somebody else answers"
	case run.Refused:
		e.Kind = ErrLogin
		e.Way = "load the key of " + l.path.User + " into your agent, or name it: -i FILE"
	case run.Unreachable:
		e.Kind = ErrOffline
	}
	return e
}
