package evaluate

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// results are those of earlier runs. A nil map of keys remembers nothing.
type results struct {
	dir  string
	keys map[string]string // file names by host
}

// open returns the results that depend on exactly what is there now: the
// flake's sources and locks, the host's policy, the functions that ask, the
// flags, and pantherctl itself. Without a cache it asks nobody.
func (e *Evaluator) open(ctx context.Context, fleet *policy.Fleet, hosts []*policy.Host) (results, error) {
	if e.Cache == "" || slices.Contains(e.Nix.Flags, "--impure") {
		return results{}, nil
	}
	m, err := e.Nix.Metadata(ctx, e.Flake)
	if err != nil {
		return results{}, err
	}
	if m.Path == "" {
		return results{}, nil
	}
	r := results{filepath.Join(e.Cache, "facts"), map[string]string{}}
	for _, h := range hosts {
		function, err := e.function(fleet, []*policy.Host{h})
		if err != nil {
			return results{}, err
		}
		sum := sha256.New()
		fmt.Fprintf(sum, "%q %q %q %q %q %q %q\n", e.Version, e.Flake, m.Path, m.Fingerprint, m.Locks, strings.Join(e.Nix.Flags, "\x00"), h.Name)
		sum.Write(function)
		r.keys[h.Name] = fmt.Sprintf("%x.json", sum.Sum(nil))
	}
	return r, nil
}

func (r results) get(host string) ([]byte, bool) {
	if r.keys == nil {
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(r.dir, r.keys[host]))
	return text, err == nil && len(text) > 0
}

// put keeps a result. A cache that cannot be written only makes the next run
// slower.
func (r results) put(host string, text []byte) {
	if r.keys == nil || os.MkdirAll(r.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(r.dir, "new-")
	if err != nil {
		return
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil && closed == nil && os.Rename(f.Name(), filepath.Join(r.dir, r.keys[host])) == nil {
		return
	}
	os.Remove(f.Name())
}
