package nix

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shards are the pieces random texts are made of: all that Nix or nixfmt treats
// specially, in every order.
var shards = []string{
	"'", "''", "'''", "$", "$$", "${", "}", "{", `\`, `\n`, `"`, "\n", "\n\n", " ", "  ", "\t", "\r",
	"a", "#", "/*", "*/", ";", "|", "%s", "ü", "←", "\u00a0", "\u0085", "\u2028", "\ufeff", "\u202e",
	"\x01", "\x1b", "\x7f", "𝄞", "<nixpkgs>", "./x", "builtins", "''$", `''\`, "''${", "\n  ", "a\n",
}

// texts draws nasty texts; half of them are whole lines, which the printer may
// write as indented strings.
func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text := ""
		for _, s := range rapid.SliceOfN(rapid.SampledFrom(shards), 0, 12).Draw(t, "shards") {
			text += s
		}
		if rapid.Bool().Draw(t, "lines") {
			keep := func(r rune) rune {
				if r != '\n' && r != ' ' && isOddSpace(r) {
					return -1
				}
				return r
			}
			text = "a\n" + mapRunes(keep, text) + "\n"
		}
		return text
	})
}

func mapRunes(f func(rune) rune, s string) string {
	var out []rune
	for _, r := range s {
		if r = f(r); r >= 0 {
			out = append(out, r)
		}
	}
	return string(out)
}

// templates draws texts with references to a and b.
func templates() *rapid.Generator[Template] {
	part := rapid.Custom(func(t *rapid.T) Part {
		if rapid.Bool().Draw(t, "ref") {
			return Ref{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")}
		}
		return String(texts().Draw(t, "text"))
	})
	return rapid.Custom(func(t *rapid.T) Template {
		return rapid.SliceOfN(part, 1, 5).Draw(t, "parts")
	})
}

func names() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"enable", "if", "or", "a-b", "a'", "", "net.ipv4.ip_forward", "1a", "-"}),
		rapid.StringMatching(`[a-z]{1,60}`),
		texts(),
	)
}

func refs() *rapid.Generator[Ref] {
	return rapid.Custom(func(t *rapid.T) Ref {
		return append(Ref{rapid.StringMatching(`x[a-z]{0,50}`).Draw(t, "first")},
			rapid.SliceOfN(names(), 0, 3).Draw(t, "rest")...)
	})
}

// exprs draws expressions with at most depth levels below them, in the form the
// reader gives back: no template that is a plain text, no nil for empty.
func exprs(depth int) *rapid.Generator[Expr] {
	return rapid.Custom(func(t *rapid.T) Expr {
		kinds := 9
		if depth > 0 {
			kinds = 12
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return String(texts().Draw(t, "text"))
		case 1:
			return simplify(templates().Draw(t, "template"))
		case 2:
			return Int(rapid.Int64Range(-1<<63+1, 1<<63-1).Draw(t, "int"))
		case 3:
			return Bool(rapid.Bool().Draw(t, "bool"))
		case 4:
			return Null{}
		case 5:
			return PathLit(rapid.StringMatching(`\.{0,2}(/[A-Za-z0-9._+-]{1,30}){1,4}`).Draw(t, "path"))
		case 6:
			return refs().Draw(t, "ref")
		case 7:
			return HasOption{
				Option: AttrPath(rapid.SliceOfN(names(), 1, 4).Draw(t, "option")),
				Not:    rapid.Bool().Draw(t, "not"),
			}
		case 8:
			return Join{
				Folder: refs().Draw(t, "folder"),
				Below:  rapid.StringMatching(`(/[A-Za-z0-9._$'"-]{1,30}){1,3}`).Draw(t, "below"),
			}
		case 9:
			return sets(depth-1, 0).Draw(t, "set")
		case 10:
			return lists(depth-1).Draw(t, "list")
		default:
			return Apply{
				Fn:   refs().Draw(t, "fn"),
				Args: rapid.SliceOfN(exprs(depth-1), 1, 3).Draw(t, "args"),
			}
		}
	})
}

func docs() *rapid.Generator[[]string] {
	return rapid.SampledFrom([][]string{nil, nil, {"why"}, {"one", "", "two # ''${"}})
}

func lists(depth int) *rapid.Generator[List] {
	return rapid.Custom(func(t *rapid.T) List {
		var list List
		for i, v := range rapid.SliceOfN(exprs(depth), 0, 4).Draw(t, "values") {
			blank := i > 0 && rapid.Bool().Draw(t, "blank")
			list = append(list, Element{Doc: docs().Draw(t, "doc"), Blank: blank, Value: v})
		}
		return list
	})
}

// sets draws sets of at least size bindings. A counter in the first name of each
// path keeps them apart.
func sets(depth, size int) *rapid.Generator[AttrSet] {
	return rapid.Custom(func(t *rapid.T) AttrSet {
		var set AttrSet
		for i, v := range rapid.SliceOfN(exprs(depth), size, 4).Draw(t, "values") {
			first := fmt.Sprintf("a%d%s", i, rapid.SampledFrom([]string{"", " b"}).Draw(t, "first"))
			set = append(set, Binding{
				Doc:   docs().Draw(t, "doc"),
				Blank: i > 0 && rapid.Bool().Draw(t, "blank"),
				Path:  AttrPath{first}.Append(rapid.SliceOfN(names(), 0, 5).Draw(t, "names")...),
				Value: v,
			})
		}
		return set
	})
}

func files() *rapid.Generator[*File] {
	return rapid.Custom(func(t *rapid.T) *File {
		f := &File{
			Header: docs().Draw(t, "header"),
			Params: rapid.SampledFrom([][]string{nil, {}, {"a"}, {"a", "b"}, {"a", "b", "c"}}).Draw(t, "params"),
			Let:    sets(1, 0).Draw(t, "let"),
			Body:   sets(3, 1).Draw(t, "body"),
		}
		f.Closed = f.Params != nil && rapid.Bool().Draw(t, "closed")
		return f
	})
}

// TestReadBack prints random trees, reads them and wants the same trees.
func TestReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, want := range rapid.SliceOfN(files(), 10, 10).Draw(t, "files") {
			text, err := want.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			got, err := readFile(string(text))
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("(-want +got)\n%s\n%s", diff, text)
			}
		}
	})
}
