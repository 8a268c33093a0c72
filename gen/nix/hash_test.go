package nix

import (
	"testing"

	"pgregory.net/rapid"
)

// TestHashTellsApart wants two random files to have one hash only if they print
// the same. Small trees, so that some are equal and many nearly so.
func TestHashTellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := &File{Body: exprs(1).Draw(t, "a")}, &File{Body: exprs(1).Draw(t, "b")}
		for _, f := range []*File{a, b} {
			f.Closed = rapid.Bool().Draw(t, "closed")
			f.Params = rapid.SampledFrom([][]string{nil, {}, {"a"}, {"a", "b"}}).Draw(t, "params")
		}
		one, errA := a.Bytes()
		other, errB := b.Bytes()
		if errA != nil || errB != nil {
			return
		}
		if same := string(one) == string(other); !same && a.Hash() == b.Hash() {
			t.Fatalf("one hash for\n%s\nand\n%s", one, other)
		}
	})
}

// TestHashSeesEverything changes one thing of a file at a time.
func TestHashSeesEverything(t *testing.T) {
	file := func() *File {
		return &File{
			Header: []string{"header"},
			Params: []string{"lib"},
			Let:    []Binding{Bind("x", Int(1))},
			Body: AttrSet{
				Bind("a", Elements(String("t"), Bool(true), PathLit("./p"), Null{}), "doc"),
				Bind("b", Call("f", Int(7), HasOption{Option: Path("o.p")})),
				Bind("c", Template{String("t"), Ref{"r"}}),
				Bind("d", Join{Folder: Ref{"r"}, Below: "/x"}),
			},
		}
	}
	body := func(f *File) AttrSet { return f.Body.(AttrSet) }
	list := func(f *File) List { return body(f)[0].Value.(List) }
	for name, change := range map[string]func(*File){
		"header":       func(f *File) { f.Header[0] = "other" },
		"params":       func(f *File) { f.Params = nil },
		"closed":       func(f *File) { f.Closed = true },
		"let":          func(f *File) { f.Let = nil },
		"path":         func(f *File) { body(f)[0].Path = Path("e") },
		"split path":   func(f *File) { body(f)[0].Path = AttrPath{"", "a"} },
		"doc":          func(f *File) { body(f)[0].Doc[0] = "other" },
		"no doc":       func(f *File) { body(f)[0].Doc = nil },
		"blank":        func(f *File) { body(f)[1].Blank = true },
		"order":        func(f *File) { b := body(f); b[0], b[1] = b[1], b[0] },
		"element":      func(f *File) { list(f)[0].Value = String("u") },
		"kind":         func(f *File) { list(f)[0].Value = PathLit("t") },
		"element doc":  func(f *File) { list(f)[0].Doc = []string{"x"} },
		"element gap":  func(f *File) { list(f)[1].Blank = true },
		"flag":         func(f *File) { list(f)[1].Value = Bool(false) },
		"null":         func(f *File) { list(f)[3].Value = Ref{"null"} },
		"number":       func(f *File) { body(f)[1].Value = Call("f", Int(-7), HasOption{Option: Path("o.p")}) },
		"function":     func(f *File) { body(f)[1].Value = Call("g", Int(7), HasOption{Option: Path("o.p")}) },
		"test":         func(f *File) { body(f)[1].Value = Call("f", Int(7), HasOption{Option: Path("o.p"), Not: true}) },
		"tested":       func(f *File) { body(f)[1].Value = Call("f", Int(7), HasOption{Option: Path("o.q")}) },
		"part":         func(f *File) { body(f)[2].Value = Template{String("t"), String("r")} },
		"folder":       func(f *File) { body(f)[3].Value = Join{Folder: Ref{"s"}, Below: "/x"} },
		"below":        func(f *File) { body(f)[3].Value = Join{Folder: Ref{"r"}, Below: "/y"} },
		"nested empty": func(f *File) { list(f)[0].Value = AttrSet{} },
	} {
		t.Run(name, func(t *testing.T) {
			changed := file()
			change(changed)
			if changed.Hash() == file().Hash() {
				t.Errorf("a change of the %s leaves the hash", name)
			}
		})
	}
	if one, other := file(), file(); one.Hash() != other.Hash() {
		t.Error("two equal files have two hashes")
	}
}
