package facts

// An Option is a setting of the evaluated host, or a part of one, with the
// definitions that made it: what nixmodules/definitions.nix tells.
type Option struct {
	Concern     string   // of the generated module that asks for it, "" if none does
	Path        []string // networking, firewall, enable; the names within a value too
	Declared    bool     // false if the host has no such option
	Want        any      // what the module sets
	Priority    *int     // of the module's definition; nil without one
	Found       any      // what NixOS arrived at; null if nothing sets that part, and for packages, which are not looked into
	Definitions []Definition
	Module      string `facts:"optional"` // of NixOS, that opens a port where this option is true
}

// ValueOf is the value of one of the option's definitions.
func (o *Option) ValueOf(d Definition) any {
	if len(o.Definitions) == 1 {
		return o.Found
	}
	return d.Value
}

// A Definition is one that counts: those of lower priority are gone, and inside
// a value also those that a stronger one of the same part beats.
type Definition struct {
	File     string // the module, as NixOS names it
	Priority int    // 50 is mkForce, 100 a plain one, 1000 mkDefault, 1500 an option's own default
	Value    any    `facts:"optional"` // where there are several: see Option.ValueOf
}
