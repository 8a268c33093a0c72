package nix

// Bare returns the file without comments and blank lines, for readers that are
// programs. f is not changed.
func (f *File) Bare() *File {
	bare := *f
	bare.Header = nil
	bare.Let = bareBindings(f.Let)
	bare.Body = bareExpr(f.Body)
	return &bare
}

func bareExpr(e Expr) Expr {
	switch e := e.(type) {
	case AttrSet:
		return AttrSet(bareBindings(e))
	case List:
		list := make(List, len(e))
		for i, element := range e {
			list[i].Value = bareExpr(element.Value)
		}
		return list
	case Apply:
		args := make([]Expr, len(e.Args))
		for i, arg := range e.Args {
			args[i] = bareExpr(arg)
		}
		return Apply{e.Fn, args}
	}
	return e
}

func bareBindings(bs []Binding) []Binding {
	bare := make([]Binding, len(bs))
	for i, b := range bs {
		bare[i] = Binding{Path: b.Path, Value: bareExpr(b.Value)}
	}
	return bare
}
