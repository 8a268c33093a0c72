package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClosure reads every shape that `nix path-info --json` has had.
func TestClosure(t *testing.T) {
	const path = "/nix/store/00000000000000000000000000000000-a"
	want := map[string]int64{path: 7}
	for name, out := range map[string]string{
		"up to 2.18":    `[{"path":"` + path + `","narSize":7,"valid":true}]`,
		"up to 2.32":    `{"` + path + `":{"narSize":7,"references":[]}}`,
		"2.33, form 1":  `{"version":1,"storeDir":"/nix/store","` + path + `":{"narSize":7}}`,
		"2.33, form 2":  `{"version":2,"storeDir":"/nix/store","info":{"00000000000000000000000000000000-a":{"narSize":7}}}`,
		"info, invalid": `{"version":2,"storeDir":"/nix/store","info":{"00000000000000000000000000000000-a":{"narSize":7},"x":null}}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pathSizes([]byte(out))
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
	for _, out := range []string{"", "7", `{"` + path + `":null}`, `{"` + path + `":[]}`} {
		if got, err := pathSizes([]byte(out)); err == nil {
			t.Errorf("%q: got %v, want an error", out, got)
		}
	}
}
