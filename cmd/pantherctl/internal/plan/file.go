package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// FileVersion is that of the form of plan files.
const FileVersion = 1

// MaxBytes is as much as a plan file may hold.
const MaxBytes = 64 << 20

// A Plan is what was shown, and what it holds for.
type Plan struct {
	Version int `json:"version"`
	Binding
	Hosts []Host `json:"hosts"`
}

// A Binding is what a plan holds for. Applied to anything else it is stale.
type Binding struct {
	Flake    string `json:"flake"`    // as it was named, for people
	Revision string `json:"revision"` // of the flake, or the hash of its sources; "" if Nix told neither
	Document string `json:"document"` // SHA-256 of its bytes, as hex
}

// envelope holds a plan with the SHA-256 of its compact JSON, which tells a file
// that was cut or edited. Against those who mean harm it is no protection.
type envelope struct {
	Plan json.RawMessage `json:"plan"`
	Sum  string          `json:"sum"`
}

// A FileError says why a file is no plan.
type FileError struct{ What string }

func (e *FileError) Error() string { return "the plan " + e.What }

// A StaleError says that a plan was made for something else.
type StaleError struct{ What, Plan, Now string }

func (e *StaleError) Error() string {
	return fmt.Sprintf("the plan is stale: it was made for %s %s, and now it is %s", e.What, e.Plan, e.Now)
}

// Hint is a way out.
func (e *StaleError) Hint() string { return "make another: pantherctl plan --out FILE" }

// New returns a plan of hosts. The error says which host it cannot be bound to,
// for want of a store path.
func New(b Binding, hosts []Host) (*Plan, error) {
	p := &Plan{Version: FileVersion, Binding: b, Hosts: hosts}
	return p, p.valid()
}

// Write writes a plan that [Read] reads.
func (p *Plan) Write(w io.Writer) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	out, err := json.MarshalIndent(envelope{text, sumOf(text)}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(out, '\n'))
	return err
}

// Read reads a plan that [Plan.Write] wrote, and checks that it is whole and
// bound to store paths. Errors are a [*FileError] or the reader's.
func Read(r io.Reader) (*Plan, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxBytes {
		return nil, &FileError{"is too large"}
	}
	var e envelope
	if err := decode(text, &e); err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, e.Plan); err != nil {
		return nil, &FileError{"is no JSON: " + err.Error()}
	}
	if e.Sum != sumOf(compact.Bytes()) {
		return nil, &FileError{"was changed since it was written"}
	}
	p := &Plan{}
	if err := decode(e.Plan, p); err != nil {
		return nil, err
	}
	if p.Version != FileVersion {
		return nil, &FileError{fmt.Sprintf("has version %d, and %d is read", p.Version, FileVersion)}
	}
	return p, p.valid()
}

func decode(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return &FileError{"is not one: " + err.Error()}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &FileError{"is followed by something else"}
	}
	return nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

var (
	storePath = regexp.MustCompile(`^/nix/store/[0-9a-df-np-sv-z]{32}-([A-Za-z0-9+._?=-]+)$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// IsStorePath reports whether a text is the path of something in the store, and
// of nothing within it.
func IsStorePath(s string) bool {
	m := storePath.FindStringSubmatch(s)
	return m != nil && len(m[1]) <= 211 // the most that Nix allows a name
}

// valid checks what others rely on: names and paths that go into commands.
func (p *Plan) valid() error {
	if !sha256Hex.MatchString(p.Document) {
		return &FileError{"names no document"}
	}
	if strings.ContainsFunc(p.Flake+p.Revision, unicode.IsControl) {
		return &FileError{"names a flake with control characters"}
	}
	var seen []string
	for _, h := range p.Hosts {
		switch {
		case len(h.Name) > 63 || !hostName.MatchString(h.Name):
			return &FileError{fmt.Sprintf("names a host %q", h.Name)}
		case slices.Contains(seen, h.Name):
			return &FileError{fmt.Sprintf("names %s twice", h.Name)}
		case !IsStorePath(h.New):
			return &FileError{fmt.Sprintf("has no store path of the system of %s", h.Name)}
		case h.Old != "" && !IsStorePath(h.Old):
			return &FileError{fmt.Sprintf("has no store path of the old system of %s", h.Name)}
		case h.Derivation != "" && (!IsStorePath(h.Derivation) || !strings.HasSuffix(h.Derivation, ".drv")):
			return &FileError{fmt.Sprintf("has no derivation of the system of %s", h.Name)}
		}
		for _, c := range h.Changes {
			if c.Mark != Widens && c.Mark != Narrows && c.Mark != Neutral {
				return &FileError{fmt.Sprintf("marks a change as %q", c.Mark)}
			}
		}
		seen = append(seen, h.Name)
	}
	return nil
}

// Host returns what is planned for a host.
func (p *Plan) Host(name string) (*Host, bool) {
	for i := range p.Hosts {
		if p.Hosts[i].Name == name {
			return &p.Hosts[i], true
		}
	}
	return nil, false
}

// Check says whether the plan holds for what is there now. Where Nix tells no
// revision, the store paths have to do. Errors are a [*StaleError].
func (p *Plan) Check(now Binding) error {
	switch {
	case p.Revision != "" && now.Revision != "" && p.Revision != now.Revision:
		return &StaleError{"revision", p.Revision, now.Revision}
	case p.Document != now.Document:
		return &StaleError{"a document with hash", short(p.Document), short(now.Document)}
	}
	return nil
}

// CheckRunning says whether the changes of the plan are those from what a host
// runs. Where the plan does not know what ran, anything may, and what it leads to
// always may. Errors are a [*StaleError].
func (h *Host) CheckRunning(system string) error {
	if h.Old != "" && system != h.Old && system != h.New {
		return &StaleError{h.Name + " while it ran", h.Old, system}
	}
	return nil
}

// CheckBuilt says whether what was built is that of the plan. Errors are a
// [*StaleError].
func (h *Host) CheckBuilt(system string) error {
	if h.New != system {
		return &StaleError{h.Name + " as", h.New, system}
	}
	return nil
}

func short(hash string) string { return hash[:min(12, len(hash))] }
