package schema

// Join lets the tests spell paths as diagnostics do.
var Join = join

// Decode reports what Load does, but for what is wrong between the parts of a
// fleet: all that a JSON Schema could know.
func Decode(src []byte) Diagnostics {
	l := &loader{files: map[string]bool{}}
	l.file(&decoder{file: "doc.yaml"}, src, &Fleet{})
	return l.problems.Sorted()
}
