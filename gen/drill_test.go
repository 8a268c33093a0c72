package gen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// TestDrill has the real restic back a folder up, and the script restore a
// sample of it.
func TestDrill(t *testing.T) {
	restic := tool(t, "restic")
	for _, name := range []string{"jq", "diff"} {
		tool(t, name)
	}
	tests := []struct {
		name   string
		taken  string // when; "" for now
		change func(b *bench)
		sample string
		want   string // "" for success
	}{
		{"a file", "", nil, "data/letter", ""},
		{"a folder", "", nil, "data", ""},
		{"another text", "", func(b *bench) { b.file("data/letter", "word of today") }, "data/letter", "is not what"},
		{"another mode", "", func(b *bench) {
			if err := os.Chmod(filepath.Join(b.dir, "data/letter"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "data/letter", "another mode or owner"},
		{"a file that is not in it", "", func(b *bench) { b.file("data/new", "") }, "data/new", "does not hold"},
		{"an old backup", time.Now().Add(-72 * time.Hour).Format(time.DateTime), nil, "data/letter", "the newest backup is of"},
		{"none of this host", "elsewhere", nil, "data/letter", "holds no backup"},
		{"a damaged repository", "", func(b *bench) {
			if err := os.RemoveAll(filepath.Join(b.dir, "store/config")); err != nil {
				t.Fatal(err)
			}
		}, "data/letter", " "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, nil, "OLDEST=172800", "OPTIONS=local.connections=2")
			for _, dir := range []string{"data", "tmp"} {
				if err := os.Mkdir(filepath.Join(b.dir, dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			b.file("data/letter", "word")
			b.file("password", "secret")
			b.file("repository", b.dir+"/store")
			b.env = append(b.env, "SAMPLE="+filepath.Join(b.dir, test.sample), "TMPDIR="+b.dir+"/tmp")
			for key, name := range map[string]string{"RESTIC_REPOSITORY_FILE": "repository", "RESTIC_PASSWORD_FILE": "password"} {
				t.Setenv(key, filepath.Join(b.dir, name))
				b.env = append(b.env, key+"="+filepath.Join(b.dir, name))
			}
			backup := []string{"backup", "--no-cache", "--quiet", b.dir + "/data"}
			switch test.taken {
			case "":
			case "elsewhere":
				backup = append(backup, "--host=elsewhere")
			default:
				backup = append(backup, "--time="+test.taken)
			}
			for _, args := range [][]string{{"init", "--no-cache"}, backup} {
				if _, err := run(t, restic, args...); err != nil {
					t.Fatal(err)
				}
			}
			if test.change != nil {
				test.change(b)
			}
			out, ok := b.run(nixmodules.RestoreDrillScript)
			if ok != (test.want == "") || !strings.Contains(out, test.want) {
				t.Errorf("it succeeds: %t, and says\n%s", ok, out)
			}
			if strings.Contains(out, "word") {
				t.Error("what a file holds is in the journal")
			}
			if left, err := os.ReadDir(filepath.Join(b.dir, "tmp")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}
