package nix

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
)

// Hash returns a hash of the tree. Files with one hash print the same. It costs
// a fraction of printing, so whoever makes modules for many like hosts can
// print each of them once.
func (f *File) Hash() [sha256.Size]byte {
	sum := sha256.New()
	d := digester{bufio.NewWriterSize(sum, 512)}
	d.texts(f.Header)
	d.flag(f.Params == nil)
	d.texts(f.Params)
	d.flag(f.Closed)
	d.bindings(f.Let)
	d.expr(f.Body)
	d.Flush() // a hash takes everything
	return [sha256.Size]byte(sum.Sum(nil))
}

// digester writes the form of a tree that is hashed. It is unambiguous: every
// expression begins with its kind, every text and list with its length. Errors
// cannot happen.
type digester struct{ *bufio.Writer }

func (d digester) kind(k byte) { d.WriteByte(k) }

func (d digester) flag(b bool) {
	if b {
		d.WriteByte(1)
	} else {
		d.WriteByte(0)
	}
}

func (d digester) length(n int) { d.Write(binary.AppendUvarint(d.AvailableBuffer(), uint64(n))) }

func (d digester) text(s string) {
	d.length(len(s))
	d.WriteString(s)
}

func (d digester) texts(list []string) {
	d.length(len(list))
	for _, s := range list {
		d.text(s)
	}
}

func (d digester) bindings(bs []Binding) {
	d.length(len(bs))
	for _, b := range bs {
		d.texts(b.Doc)
		d.flag(b.Blank)
		d.texts(b.Path)
		d.expr(b.Value)
	}
}

func (d digester) expr(e Expr) {
	switch e := e.(type) {
	case AttrSet:
		d.kind('s')
		d.bindings(e)
	case List:
		d.kind('l')
		d.length(len(e))
		for _, item := range e {
			d.texts(item.Doc)
			d.flag(item.Blank)
			d.expr(item.Value)
		}
	case String:
		d.kind('t')
		d.text(string(e))
	case Template:
		d.kind('m')
		d.length(len(e))
		for _, part := range e {
			d.part(part)
		}
	case Int:
		d.kind('i')
		d.Write(binary.AppendVarint(d.AvailableBuffer(), int64(e)))
	case Bool:
		d.kind('b')
		d.flag(bool(e))
	case Null:
		d.kind('n')
	case PathLit:
		d.kind('p')
		d.text(string(e))
	case Join:
		d.kind('j')
		d.texts(e.Folder)
		d.text(e.Below)
	case Ref:
		d.kind('r')
		d.texts(e)
	case Apply:
		d.kind('a')
		d.texts(e.Fn)
		d.length(len(e.Args))
		for _, arg := range e.Args {
			d.expr(arg)
		}
	case HasOption:
		d.kind('o')
		d.flag(e.Not)
		d.texts(e.Option)
		d.text(e.Item)
	default: // no expression, which no file prints
		d.kind(0)
	}
}

func (d digester) part(p Part) {
	switch p := p.(type) {
	case String:
		d.expr(p)
	case Ref:
		d.expr(p)
	default:
		d.kind(0)
	}
}
