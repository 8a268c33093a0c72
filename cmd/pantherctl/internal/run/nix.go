package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
)

// Nix runs the nix command.
type Nix struct {
	Runner Runner
	Flags  []string // for every run, such as --option NAME VALUE
}

// Eval evaluates the function text of an attribute of a flake, and returns the
// JSON of what it gives. Errors are [*NixError] or the context's.
func (n Nix) Eval(ctx context.Context, installable, function string) ([]byte, error) {
	return n.run(ctx, "eval", "--json", "--no-write-lock-file", installable, "--apply", function)
}

// Metadata are what a flake is made of.
type Metadata struct {
	Path        string          `json:"path"`        // of its sources in the store; names their content
	Fingerprint string          `json:"fingerprint"` // "" if something of it is not locked; since Nix 2.19
	Locks       json.RawMessage `json:"locks"`       // the lock file
	Revision    string          `json:"revision"`    // of Git, "" for a work tree with changes and for other folders
}

// Identity names what the flake's sources are: their revision, else the store
// path that their content gives.
func (m *Metadata) Identity() string { return cmp.Or(m.Revision, m.Path) }

// Metadata returns what a flake is made of.
func (n Nix) Metadata(ctx context.Context, ref string) (Metadata, error) {
	var m Metadata
	out, err := n.run(ctx, "flake", "metadata", "--json", "--no-write-lock-file", ref)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(out, &m); err != nil {
		return m, &NixError{Kind: Other, Message: "nix flake metadata does not answer in JSON: " + err.Error()}
	}
	return m, nil
}

func (n Nix) run(ctx context.Context, args ...string) ([]byte, error) {
	args = append([]string{"--extra-experimental-features", "nix-command flakes"}, args...)
	out, err := n.Runner.Run(ctx, Command{
		Name: "nix", Args: append(args, n.Flags...),
		Env: []string{"NO_COLOR=1", "LC_ALL=C.UTF-8"},
	})
	switch exit, ok := errors.AsType[*ExitError](err); {
	case err == nil:
		return out, nil
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &NixError{Kind: Timeout, Message: "Nix did not finish in time", err: err}
	case errors.Is(err, context.Canceled):
		return nil, err
	case errors.Is(err, ErrNotFound):
		return nil, &NixError{Kind: Missing, Message: "nix is not in PATH", err: err}
	case ok:
		return nil, classify(exit)
	}
	return nil, &NixError{Kind: Other, Message: err.Error(), err: err}
}

// Kind is what went wrong in a run of Nix.
type Kind string

// The kinds of errors.
const (
	Missing      Kind = "missing"               // there is no nix command
	TooOld       Kind = "too old"               // it does not know a command or flag
	Features     Kind = "experimental features" // nix-command or flakes is forbidden
	NoAttribute  Kind = "no attribute"          // the flake has no such output
	NoFlake      Kind = "no flake"              // there is nothing at the reference
	Assertion    Kind = "assertion"             // of a NixOS configuration
	Evaluation   Kind = "evaluation"            // of the expressions
	OutOfMemory  Kind = "out of memory"         // killed, or the heap could not grow
	OutOfStack   Kind = "endless recursion"     // or a stack that deep
	Timeout      Kind = "timeout"               // it took longer than allowed
	Interruption Kind = "interrupted"           // by a signal from elsewhere
	Other        Kind = "other"                 // none of these
)

// A NixError is a run of Nix that failed, with Nix's own message.
type NixError struct {
	Kind    Kind
	Message string // Nix's, trimmed, with the place that matters
	err     error
}

func (e *NixError) Error() string { return e.Message }
func (e *NixError) Unwrap() error { return e.err }

// Hint is a way out, or "".
func (e *NixError) Hint() string {
	switch e.Kind {
	case Missing:
		return "install Nix 2.18 or later, or compare facts saved elsewhere: --facts FILE"
	case TooOld:
		return "use Nix 2.18 or later"
	case Features:
		return "allow them: experimental-features = nix-command flakes in nix.conf"
	case NoAttribute:
		return "name the flake that has the hosts: --flake REF"
	case NoFlake:
		return "name the folder of flake.nix: --flake REF; git add it, as a flake sees only what git tracks"
	case OutOfMemory:
		return "check fewer hosts at once: pantherctl check HOST, or --jobs 1"
	case Timeout:
		return "allow it more: --timeout 30m"
	}
	return ""
}

// signs are what Nix says, by kind; the first found counts. Read in the sources
// of Nix 2.18 to 2.34, those of 2.26 seen.
var signs = []struct {
	kind Kind
	text string
}{
	{TooOld, "is not a recognised command"},
	{TooOld, "unrecognised flag"},
	{Features, "experimental Nix feature"},
	{OutOfMemory, "out of memory"},
	{OutOfMemory, "Out of memory"},
	{OutOfMemory, "std::bad_alloc"},
	{OutOfStack, "stack overflow"},
	{OutOfStack, "infinite recursion encountered"},
	{Assertion, "Failed assertions:"},
	{NoAttribute, "does not provide attribute"},
	{NoFlake, "does not contain a 'flake.nix'"},
	{NoFlake, "could not find a flake.nix file"},
	{NoFlake, "path 'flake.nix' does not exist"},
	{NoFlake, "while fetching the input"},
}

// classify reads what Nix printed before it ended.
func classify(exit *ExitError) *NixError {
	text := plain(exit.Stderr)
	e := &NixError{Kind: Other, err: exit}
	if strings.Contains(text, "error:") {
		e.Kind = Evaluation
	}
	for _, s := range signs {
		if strings.Contains(text, s.text) {
			e.Kind = s.kind
			break
		}
	}
	e.Message = trim(text)
	switch {
	case exit.Code == -1 && e.Kind != OutOfMemory && e.Message == "", exit.Code == 137:
		e.Kind, e.Message = OutOfMemory, "Nix was killed, as happens when memory runs out"
	case e.Message == "":
		e.Message = exit.Error()
	}
	return e
}

var (
	escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
	stores  = regexp.MustCompile(`[^\s'"«]*/nix/store/[0-9a-z]{32}-[^/\s]*/`)
	places  = regexp.MustCompile(`(?m)^ *at ([^\n]+:\d+:\d+):?$`)
)

// plain takes colours and the store's folders out of a text.
func plain(s string) string { return stores.ReplaceAllString(escapes.ReplaceAllString(s, ""), "") }

// longestMessage is as much of Nix's own words as anybody reads.
const longestMessage = 2000

// trim returns the last error of a trace with the place it came from. Nix puts
// the innermost error last.
func trim(text string) string {
	at := strings.LastIndex(text, "error:")
	if at < 0 {
		return lastLines(text)
	}
	message := strings.TrimSpace(text[at+len("error:"):])
	if cut := strings.Index(message, "\n\n"); cut > 0 && !strings.Contains(message, "Failed assertions:") {
		message = message[:cut]
	}
	var lines []string
	for line := range strings.Lines(message) {
		if line = strings.TrimSpace(line); line != "" && !isExcerpt(line) && !strings.HasPrefix(line, "at ") && !strings.HasPrefix(line, "Try 'nix") {
			lines = append(lines, line)
		}
	}
	message = strings.Join(lines, "\n")
	if len(message) > longestMessage {
		message = strings.ToValidUTF8(message[:longestMessage], "") + "…"
	}
	if place := lastPlace(text); place != "" {
		message += " (at " + place + ")"
	}
	return message
}

// lastPlace returns the innermost place of a trace that is in a file.
func lastPlace(text string) string {
	place := ""
	for _, found := range places.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(found[1], "«") {
			place = found[1]
		}
	}
	return place
}

// isExcerpt reports whether a line shows source code, "12| x = 1;".
func isExcerpt(line string) bool {
	number, _, ok := strings.Cut(line, "|")
	return ok && strings.Trim(number, "0123456789 ") == ""
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "\n")
}
