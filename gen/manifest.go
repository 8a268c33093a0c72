package gen

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/nix-community/go-nix/pkg/nar"
	"github.com/nix-community/go-nix/pkg/nixhash"
)

// ManifestName is the file of a generated folder that lists the others. Only
// what it lists is ever changed or removed.
const ManifestName = "manifest.json"

// manifest lists the files of a generated folder.
type manifest struct {
	// NAR is the hash that nix hash path gives for a folder of just these
	// files.
	NAR string `json:"nar"`
	// Files has the SHA-256 of every file's bytes, by path.
	Files map[string]string `json:"files"`
}

// newManifest lists files, each of them under its own path.
func newManifest(files []File) (manifest, error) {
	m := manifest{Files: make(map[string]string, len(files))}
	var (
		err error
		wg  sync.WaitGroup
	)
	wg.Go(func() { m.NAR, err = narHash(files) })
	type text struct { // like hosts share theirs
		start *byte
		size  int
	}
	digests := map[text]string{}
	for _, f := range files {
		if len(f.Data) == 0 {
			m.Files[f.Path] = digest(nil)
			continue
		}
		key := text{&f.Data[0], len(f.Data)}
		if _, ok := digests[key]; !ok {
			digests[key] = digest(f.Data)
		}
		m.Files[f.Path] = digests[key]
	}
	wg.Wait()
	return m, err
}

// parseManifest reads what [manifest.encode] wrote.
func parseManifest(text []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return manifest{}, err
	}
	for p := range m.Files {
		if err := checkPath(p); err != nil {
			return manifest{}, err
		}
	}
	return m, nil
}

func (m manifest) encode() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

// journal lists, by path, the digests of what runs that are not completed may
// have written. It is there from before the first change until after the last,
// so whoever finds it knows which files are pantherctl's although no manifest
// lists them.
type journal map[string][]string

// and returns the journal of a run that makes the next manifest after runs
// that were killed.
func (j journal) and(next manifest) journal {
	all := make(journal, len(next.Files))
	for name, hash := range next.Files {
		all[name] = []string{hash}
	}
	for name, hashes := range j {
		for _, hash := range hashes {
			if !slices.Contains(all[name], hash) {
				all[name] = append(all[name], hash)
			}
		}
	}
	return all
}

func parseJournal(text []byte) (journal, error) {
	var j journal
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, err
	}
	for p := range j {
		if err := checkPath(p); err != nil {
			return nil, err
		}
	}
	return j, nil
}

func (j journal) encode() ([]byte, error) { return json.Marshal(j) }

// checkPath refuses paths that leave the folder or name the manifest itself.
func checkPath(p string) error {
	if !fs.ValidPath(p) || p == "." || p == ManifestName || p == journalName {
		return fmt.Errorf("%q cannot be the path of a generated file", p)
	}
	return nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return sri(sum[:])
}

func sri(sum []byte) string {
	return nixhash.MustNewHashWithEncoding(nixhash.SHA256, sum, nixhash.SRI, true).String()
}

// narHash returns the hash of the Nix archive of files, as nix hash path
// writes it.
func narHash(files []File) (string, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return archiveOrder(a.Path, b.Path) })
	hash := sha256.New()
	buffered := bufio.NewWriterSize(hash, 1<<16) // the archive comes in words of eight bytes
	w, err := nar.NewWriter(buffered)
	if err != nil {
		return "", err
	}
	if err := w.WriteHeader(&nar.Header{Path: "/", Type: nar.TypeDirectory}); err != nil {
		return "", err
	}
	entered := map[string]bool{}
	for _, f := range files {
		for _, dir := range above(f.Path) {
			if entered[dir] {
				continue
			}
			entered[dir] = true
			if err := w.WriteHeader(&nar.Header{Path: "/" + dir, Type: nar.TypeDirectory}); err != nil {
				return "", err
			}
		}
		if err := w.WriteHeader(&nar.Header{Path: "/" + f.Path, Type: nar.TypeRegular, Size: int64(len(f.Data))}); err != nil {
			return "", err
		}
		if _, err := w.Write(f.Data); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	if err := buffered.Flush(); err != nil {
		return "", err
	}
	return sri(hash.Sum(nil)), nil
}

// archiveOrder compares paths as an archive does, folder by folder: "a/b" comes
// before "a.nix".
func archiveOrder(a, b string) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == b[i]:
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return +1
		default:
			return cmp.Compare(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b))
}

// above returns the folders a path is in, outermost first, without the root.
func above(p string) []string {
	var dirs []string
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		dirs = append(dirs, dir)
	}
	slices.Reverse(dirs)
	return dirs
}
