package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/schema"
)

const header = "version: 1\nfleet: example\nnixos: 25.11\n"

// aliasBomb is nine lists of nine aliases each, the last of 9^9 texts.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString(header + "roles:\n  a: { login: &a0 [x, x, x, x, x, x, x, x, x] }\n")
	for i := range 8 {
		items := strings.Repeat(fmt.Sprintf("*a%d, ", i), 9)
		fmt.Fprintf(&b, "  a%d: { login: &a%d [%s] }\n", i, i+1, strings.TrimSuffix(items, ", "))
	}
	return b.String() + "hosts: {}\n"
}

// aliasFlood is one host of many keys under many names.
func aliasFlood() string {
	var b strings.Builder
	b.WriteString(header + "hosts:\n  h: &h { system: x86_64-linux }\n")
	for i := range 300_000 {
		fmt.Fprintf(&b, "  h%d: *h\n", i)
	}
	return b.String()
}

func TestExtremes(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"alias bomb":       {aliasBomb(), `roles.a0.login[0]: expected a user name`},
		"alias flood":      {aliasFlood(), "the document is too large; do its aliases multiply?"},
		"map flood":        {header + "hosts: { " + strings.Repeat("a: 1, ", 200_000) + " }", "the document is too large; do its aliases multiply?"},
		"100,000 brackets": {header + "hosts: " + strings.Repeat("[", 100_000), "brackets or indentation nest without end"},
		"9,000 brackets":   {header + "hosts: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000), `doc.yaml:4:8: hosts: expected a mapping of names, found a list`},
		"9,000 brackets and a secret": {
			header + "hosts: " + strings.Repeat("[", 9_000) + "ghp_EXAMPLEexample" + strings.Repeat("]", 9_000), "this looks like a secret in clear",
		},
		"9,000 appends":  {header + "roles: { a: { login: " + strings.Repeat("{append: ", 9_000) + "x" + strings.Repeat("}", 9_002) + "\nhosts: {}", "append inside append"},
		"200 MB":         {strings.Repeat("# "+strings.Repeat("x", 998)+"\n", 200_000), "doc.yaml: the file is larger than 16 megabytes"},
		"a long name":    {header + "hosts: {}\nroles: { " + strings.Repeat("a", 1000) + ": { login: " + strings.Repeat("b", 30) + " } }\naccess: { from: " + strings.Repeat("a", 1001) + ", to: internet, allow: any }\n", "no role, host"},
		"300,000 lines":  {header + "hosts:\n" + strings.Repeat("  - x\n", 300_000), "expected a mapping of names, found a list"},
		"secrets on end": {header + "# " + strings.Repeat("ghp_EXAMPLE ", 500_000), "this looks like a secret in clear"},
		"many problems":  {header + "hosts:\n  yoga:\n    system: x86_64-linux\n    login:\n" + strings.Repeat("    - 5\n", 100_000), "more than 1000 problems, the rest of the file was not read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, ds := schema.Load("doc.yaml", []byte(tt.src), nil)
			if got := format(ds); !strings.Contains(got, tt.want) || len(ds) > 1001 {
				t.Errorf("%d problems, without %q:\n%.500s", len(ds), tt.want, got)
			}
			checkText(t, ds)
		})
	}
}

// TestUnknownNamesAmongMany guards the search for the name that was meant,
// which compares each unknown name with all known ones.
func TestUnknownNamesAmongMany(t *testing.T) {
	_, ds := schema.Load("doc.yaml", []byte(manyHosts(2_000, "hots-%05d")), nil)
	if len(ds) != 2_000 || ds[0].Hint == "" {
		t.Errorf("%d problems, the first: %v, hint: %s", len(ds), ds[0], ds[0].Hint)
	}
}

// manyHosts is a fleet of n hosts, each leaving by the exit node whose name
// exit gives.
func manyHosts(n int, exit string) string {
	var b strings.Builder
	b.WriteString(header + "users: { alice: {}, bob: {} }\nroles: { desk: { level: workstation } }\nhosts:\n")
	for i := range n {
		fmt.Fprintf(&b, `  host-%05d:
    system: x86_64-linux
    roles: desk
    addresses: 100.%d.%d.%d
    interfaces: { eth0: lan }
    break_glass: a screen and a keyboard in the rack
    ssh: { ports: [22, 2222], allow_users: [alice, bob] }
    tailscale: { use_exit_node: %s }
`, i, 64+i>>16, i>>8&255, i&255, fmt.Sprintf(exit, (i+1)%n))
	}
	return b.String()
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("hosts=%d", n), func(b *testing.B) {
			src := []byte(manyHosts(n, "host-%05d"))
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ds := schema.Load("doc.yaml", src, nil); len(ds) > 0 {
					b.Fatal(ds[0])
				}
			}
		})
	}
}
