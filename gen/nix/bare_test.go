package nix_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/nix"
)

func TestBare(t *testing.T) {
	set := nix.AttrSet{
		nix.Bind("a", nix.List{{Doc: []string{"why one"}, Value: nix.Int(1)}, {Value: nix.Int(2)}}, "why a"),
		{Blank: true, Path: nix.Path("b"), Value: nix.Call("lib.mkForce", nix.AttrSet{nix.Bind("c", nix.Bool(true), "why c")})},
	}
	f := &nix.File{Header: []string{"written"}, Params: []string{"lib"}, Body: set}
	before, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.Bare().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	want := "{ lib, ... }:\n{\n  a = [\n    1\n    2\n  ];\n  b = lib.mkForce {\n    c = true;\n  };\n}\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if after, _ := f.Bytes(); string(after) != string(before) {
		t.Error("the file was changed")
	}
}
