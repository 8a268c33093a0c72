package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Record is what is known of a run, kept in a folder of its own so that it
// can be taken up again: run.json, and a log for each host. It holds no
// secrets.
type Record struct {
	Run     string            `json:"run"`
	Flake   string            `json:"flake"`
	Started time.Time         `json:"started"`
	Hosts   map[string]*Entry `json:"hosts"`

	dir  string
	lock sync.Mutex
	logs map[string]*LogWriter
}

// An Entry is what is known of one host in a run.
type Entry struct {
	Step    Step    `json:"step,omitempty"`    // the last that was begun with
	Outcome Outcome `json:"outcome,omitempty"` // "" while it is under way, or was when we ended
	Reason  string  `json:"reason,omitempty"`
	Old     string  `json:"old,omitempty"`
	New     string  `json:"new,omitempty"`
}

const recordName = "run.json"

// NewRecord begins the record of a run below dir.
func NewRecord(dir, run, flake string, now time.Time, hosts []string) (*Record, error) {
	r := &Record{Run: run, Flake: flake, Started: now.UTC(), Hosts: map[string]*Entry{}, dir: filepath.Join(dir, run)}
	for _, h := range hosts {
		r.Hosts[h] = &Entry{}
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, err
	}
	return r, r.save()
}

var runForm = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[0-9a-f]{6}$`)

// OpenRecord returns the record of a run, or with the name "last" that of the
// latest.
func OpenRecord(dir, run string) (*Record, error) {
	if run == "last" {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !runForm.MatchString(e.Name()) })
		if len(entries) == 0 {
			return nil, fmt.Errorf("there is no run in %s", dir)
		}
		run = entries[len(entries)-1].Name() // names sort by time
	}
	if !runForm.MatchString(run) {
		return nil, fmt.Errorf("%q is not the name of a run", run)
	}
	r := &Record{dir: filepath.Join(dir, run)}
	text, err := os.ReadFile(filepath.Join(r.dir, recordName))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(r.dir, recordName), err)
	}
	return r, nil
}

// Left are the hosts of a run that were not confirmed, sorted.
func (r *Record) Left() []string {
	var left []string
	for name, e := range r.Hosts {
		if e.Outcome != Confirmed {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	return left
}

// Step notes what begins at a host.
func (r *Record) Step(host string, s Step) error {
	return r.note(host, func(e *Entry) { *e = Entry{Step: s, Old: e.Old, New: e.New} })
}

// Result notes how it ended.
func (r *Record) Result(res Result) error {
	return r.note(res.Host, func(e *Entry) {
		e.Outcome, e.Reason, e.Old, e.New = res.Outcome, res.Reason, res.Old, res.New
	})
}

func (r *Record) note(host string, change func(*Entry)) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	e := r.Hosts[host]
	if e == nil {
		e = &Entry{}
		r.Hosts[host] = e
	}
	change(e)
	return r.save()
}

// save writes the record so that it is whole at any time.
func (r *Record) save() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(r.dir, recordName)
	if err := os.WriteFile(name+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// Dir is the folder of the record and its logs.
func (r *Record) Dir() string { return r.dir }

// Log returns where what programs print about a host is kept, HOST.log.
func (r *Record) Log(host string) io.Writer {
	r.lock.Lock()
	defer r.lock.Unlock()
	if l, ok := r.logs[host]; ok {
		return l
	}
	var to io.Writer = io.Discard // a log that cannot be written stops no deployment
	if f, err := os.OpenFile(filepath.Join(r.dir, host+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		to = f
	}
	if r.logs == nil {
		r.logs = map[string]*LogWriter{}
	}
	r.logs[host] = &LogWriter{W: to}
	return r.logs[host]
}

// Machines remembers which machine answered for a host, by its machine id, in
// a folder with a file for each host.
type Machines string

// ID returns the id that was seen last, or "".
func (m Machines) ID(host string) string {
	text, _ := os.ReadFile(filepath.Join(string(m), host))
	return strings.TrimSpace(string(text))
}

// Note remembers an id.
func (m Machines) Note(host, id string) error {
	if err := os.MkdirAll(string(m), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(m), host), []byte(id+"\n"), 0o600)
}
