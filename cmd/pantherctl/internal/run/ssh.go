package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// SSH runs commands on other hosts, each by a connection of its own: none is
// shared, so that what answers is what would answer anybody.
type SSH struct {
	Runner     Runner
	Config     string // a file of ssh_config(5), "" for the user's
	KnownHosts string // a file of known_hosts with the names of targets
}

// A Target is a host to connect to.
type Target struct {
	Name    string // by which its key is known, if Known
	Address string // "" for what ssh makes of the name
	Port    int    // 0 for what ssh makes of the name
	User    string // "" for what ssh makes of the name
	Known   bool   // its key is in KnownHosts; otherwise the user's own file decides
}

// connectTime is how long a host may take to answer at all.
const connectTime = 10 * time.Second

// Run runs a command on a host with this as its standard input, and returns at
// most maxStdout bytes that it prints. Nothing secret may be in the command:
// every user of both hosts can read it. Errors are [*ExitError] for the
// command's own code, [*SSHError], or the context's.
func (s SSH) Run(ctx context.Context, t Target, command string, stdin []byte, maxStdout int) ([]byte, error) {
	out, err := s.Runner.Run(ctx, Command{
		Name: "ssh", Args: s.args(t, command), Stdin: stdin, MaxStdout: maxStdout, Env: []string{"LC_ALL=C.UTF-8"},
	})
	exit, ok := errors.AsType[*ExitError](err)
	switch {
	case ok && exit.Code == 255:
		return out, newSSHError(exit.Stderr)
	case errors.Is(err, ErrNotFound):
		return nil, &SSHError{Kind: NoSSH, Message: "ssh is not in PATH"}
	}
	return out, err
}

func (s SSH) args(t Target, command string) []string {
	args := []string{"-T", "-x", "-a"}
	for _, o := range []string{
		"BatchMode=yes", "ClearAllForwardings=yes", "ConnectionAttempts=1", "ControlMaster=no", "ControlPath=none",
		"ConnectTimeout=" + strconv.Itoa(int(connectTime.Seconds())), "PermitLocalCommand=no", "RemoteCommand=none",
		"ServerAliveCountMax=3", "ServerAliveInterval=5", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "LogLevel=ERROR",
	} {
		args = append(args, "-o", o)
	}
	if s.Config != "" {
		args = append(args, "-F", s.Config)
	}
	if t.Known {
		args = append(args, "-o", "HostKeyAlias="+t.Name, "-o", "UserKnownHostsFile="+s.KnownHosts, "-o", "GlobalKnownHostsFile=/dev/null", "-o", "KnownHostsCommand=none")
	}
	if t.Address != "" {
		args = append(args, "-o", "HostName="+t.Address)
	}
	if t.Port != 0 {
		args = append(args, "-p", strconv.Itoa(t.Port))
	}
	if t.User != "" {
		args = append(args, "-l", t.User)
	}
	return append(args, "--", t.Name, command)
}

// SSHKind is why a connection did not come about, or ended.
type SSHKind string

// The kinds of errors.
const (
	NoSSH       SSHKind = "no ssh"
	WrongKey    SSHKind = "wrong key"   // the host shows another key than the known one
	UnknownKey  SSHKind = "unknown key" // no key of the host is known
	Refused     SSHKind = "refused"     // the host does not let the user in
	Unreachable SSHKind = "unreachable"
	Lost        SSHKind = "lost" // after it came about
)

// An SSHError is a connection that failed.
type SSHError struct {
	Kind        SSHKind
	Message     string // ssh's own last words
	Fingerprint string // that the host showed, "SHA256:…", as far as ssh says
}

func (e *SSHError) Error() string { return e.Message }

// KeyMessage says which key a host showed, "" if ssh does not tell, and which
// the document has.
func KeyMessage(shown string, expected []string) string {
	if shown == "" {
		shown = "a key that ssh does not know"
	}
	if len(expected) == 0 {
		return "it shows " + shown + ", and the document has no host_keys of it"
	}
	return fmt.Sprintf("it shows %s, and the document expects %s", shown, strings.Join(expected, " or "))
}

// Fingerprint is the first one in what ssh says, "" if there is none.
func Fingerprint(stderr string) string { return fingerprint.FindString(stderr) }

var fingerprint = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`)

// sshSigns are what ssh says, by kind; the first found counts. Seen with
// OpenSSH 10.0.
var sshSigns = []struct {
	text string
	kind SSHKind
}{
	{"REMOTE HOST IDENTIFICATION HAS CHANGED", WrongKey},
	{"host key is known for", UnknownKey},
	{"Host key verification failed", UnknownKey},
	{"Permission denied", Refused},
	{"Too many authentication failures", Refused},
	{"Connection reset", Lost},
	{"Broken pipe", Lost},
	{"not responding", Lost},
	{"closed by remote host", Lost},
	{"Connection timed out", Unreachable},
	{"Connection refused", Unreachable},
	{"No route to host", Unreachable},
	{"Network is unreachable", Unreachable},
	{"Could not resolve hostname", Unreachable},
	{"timed out during banner exchange", Unreachable},
}

// KindOf is the kind of error that ssh speaks of, "" if its words are not known.
func KindOf(stderr string) SSHKind {
	for _, s := range sshSigns {
		if strings.Contains(stderr, s.text) {
			return s.kind
		}
	}
	return ""
}

func newSSHError(stderr string) *SSHError {
	e := &SSHError{Kind: cmp.Or(KindOf(stderr), Unreachable), Fingerprint: Fingerprint(stderr), Message: strings.TrimSpace(lastLines(stderr))}
	if len(e.Message) > longestMessage {
		e.Message = strings.ToValidUTF8(e.Message[:longestMessage], "") + "…"
	}
	if e.Message == "" {
		e.Message = "ssh ended without a word"
	}
	return e
}
