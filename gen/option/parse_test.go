package option

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pantherctl/pantherctl/gen/nix"
)

func TestParseType(t *testing.T) {
	str := Type{Kind: String}
	sub := Type{Kind: Submodule}
	port := Type{Kind: Int, Max: 65535}
	tests := []struct {
		description string
		want        Type
	}{
		{"boolean", Type{Kind: Bool}},
		{"16 bit unsigned integer; between 0 and 65535 (both inclusive)", port},
		{"integer between -20 and 19 (both inclusive)", Type{Kind: Int, Min: -20, Max: 19}},
		{"positive integer, meaning >0", Type{Kind: Int, Min: 1, Max: math.MaxInt64}},
		{`strings concatenated with "\n"`, str},
		{"null or (list of string)", Type{Kind: Union, Elem: []Type{{Kind: Null}, {Kind: List, Elem: []Type{str}}}}},
		{"string or list of string", Type{Kind: Union, Elem: []Type{str, {Kind: List, Elem: []Type{str}}}}},
		{"attribute set of (submodule)", Type{Kind: Attrs, Elem: []Type{sub}}},
		{"list of ((submodule) or string convertible to it)", Type{Kind: List, Elem: []Type{{Kind: Union, Elem: []Type{sub, str}}}}},
		{`null or one of "a", "b \" or c"`, Type{Kind: Union, Elem: []Type{{Kind: Null}, {Kind: Enum, Values: []nix.Expr{nix.String("a"), nix.String(`b " or c`)}}}}},
		{`one of false, true, "lock"`, Type{Kind: Enum, Values: []nix.Expr{nix.Bool(false), nix.Bool(true), nix.String("lock")}}},
		{`one of <null>, "ssh", 3`, Type{Kind: Enum, Values: []nix.Expr{nix.Null{}, nix.String("ssh"), nix.Int(3)}}},
		{`boolean or value "auto" (singular enum)`, Type{Kind: Union, Elem: []Type{{Kind: Bool}, {Kind: Enum, Values: []nix.Expr{nix.String("auto")}}}}},
		{"list of string matching the pattern (a|b)[c)]", Type{Kind: List, Elem: []Type{{Kind: String, Pattern: "(a|b)[c)]"}}}},
		{"attribute set of (boolean or string matching the pattern [[:digit:]]+[Hd])", Type{Kind: Attrs, Elem: []Type{{Kind: Union, Elem: []Type{{Kind: Bool}, {Kind: String, Pattern: "[[:digit:]]+[Hd]"}}}}}},
		{"string matching the pattern .*://.*$ or non-empty (list of string)", Type{Kind: Union, Elem: []Type{{Kind: String, Pattern: ".*://.*$"}, {Kind: List, Elem: []Type{str}, NonEmpty: true}}}},
		{"one of btrfs,luks", Type{Kind: Opaque}},
		{"function that evaluates to a(n) list of path", Type{Kind: Function}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			got, err := ParseType(tt.description)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.description && got.Kind != Opaque {
				t.Errorf("named %q", got)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Type{}, "Name")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseTypeRefuses(t *testing.T) {
	for _, description := range []string{"", "strin", "list of", "list of frobs", "(string", "string)", "null or ", "one of ", "booleans", "16 bit unsigned integer"} {
		if got, err := ParseType(description); err == nil {
			t.Errorf("%q was read as %+v", description, got)
		}
	}
}

func FuzzParseType(f *testing.F) {
	f.Add(`null or one of "a", "b"`)
	f.Add("list of (attribute set of string matching the pattern [a)])")
	f.Fuzz(func(t *testing.T, description string) {
		ParseType(description) // must not panic
	})
}
