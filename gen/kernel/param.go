package kernel

// Param is a boot parameter a level sets.
type Param struct {
	Name   string `json:"name"`
	Value  string `json:"-"`      // empty for a parameter that is only a name
	Why    string `json:"why"`    // one line, at most 90 characters
	Source string `json:"source"` // who recommends it, such as KSPP or BP-028
	Breaks string `json:"breaks"` // what stops working or gets slower, if anything

	// The kernel versions that know it: from SinceKernel on and before
	// UntilKernel. Empty means no bound.
	SinceKernel string `json:"since_kernel"`
	UntilKernel string `json:"until_kernel"`

	Arch string `json:"arch"` // the only machine that knows it, as in x86_64; empty means any
}

// Text returns the parameter as it stands on the kernel command line.
func (p Param) Text() string {
	if p.Value == "" {
		return p.Name
	}
	return p.Name + "=" + p.Value
}

// In reports whether a kernel of that version, such as 6.17.5, knows the
// parameter. A kernel ignores what it does not know.
func (p Param) In(kernel string) bool {
	return within(kernel, p.SinceKernel, p.UntilKernel)
}

type paramRow struct {
	Param
	At []*string `json:"at"`
}

// Params returns the boot parameters of a level, none for an unknown one.
// Those that [Options] sets are not among them.
func Params(l Level) []Param {
	t := paramTable()
	i, ok := t.column(l)
	if !ok {
		return nil
	}
	var params []Param
	for _, row := range t.Rows {
		if v := row.At[i]; v != nil {
			p := row.Param
			p.Value = *v
			params = append(params, p)
		}
	}
	return params
}

// within reports whether a version lies in since <= version < until, where an
// empty bound is no bound.
func within(version, since, until string) bool {
	return (since == "" || atLeast(version, since)) && (until == "" || !atLeast(version, until))
}
