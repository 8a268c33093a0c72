package reach

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// load resolves a document of one file.
func load(document string) (*policy.Fleet, schema.Diagnostics) {
	read := func(name string) ([]byte, error) { return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist) }
	fleet, problems := schema.Load("security.yaml", []byte(document), read)
	if len(problems) > 0 {
		return nil, problems
	}
	return policy.Resolve(fleet)
}

// network returns the network of a document that must be free of problems.
func network(t testing.TB, document string) *Network {
	t.Helper()
	fleet, problems := load(document)
	for _, p := range problems {
		t.Errorf("%s (hint: %s)", p, p.Hint)
	}
	if t.Failed() {
		t.FailNow()
	}
	return New(fleet)
}

// example returns the document of an example fleet.
func example(t testing.TB, name string) string {
	t.Helper()
	folder := "../../../../testdata/fleets"
	if name == "high-security" {
		folder = "../../../../gen/testdata"
	}
	text, err := os.ReadFile(filepath.Join(folder, name, "security.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (n *Network) must(t testing.TB, name string) *Member {
	t.Helper()
	m, ok := n.Member(name)
	if !ok {
		t.Fatalf("there is no member %s", name)
	}
	return m
}
