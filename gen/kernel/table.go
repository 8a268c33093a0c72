package kernel

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed tables/v1
var files embed.FS

// table is a list of rows with one value for each level.
type table[R any] struct {
	Columns []Level `json:"columns"`
	Rows    []R     `json:"rows"`
}

// column returns the position of a level's value in a row, and false for a
// level the table does not know.
func (t table[R]) column(l Level) (int, bool) {
	i := slices.Index(t.Columns, l)
	return i, i >= 0
}

// The tables, each decoded once, when first asked for.
var (
	paramTable     = sync.OnceValue(decode[table[paramRow]]("params.json"))
	sysctlTable    = sync.OnceValue(decode[table[sysctlRow]]("sysctl.json"))
	optionTable    = sync.OnceValue(decode[table[optionRow]]("options.json"))
	familyTable    = sync.OnceValue(decode[table[familyRow]]("modules.json"))
	acceptedTable  = sync.OnceValue(decode[table[acceptedRow]]("accepted.json"))
	neverTable     = sync.OnceValue(decode[table[neverRow]]("never.json"))
	deadTable      = sync.OnceValue(decode[table[deadRow]]("dead.json"))
	dependantTable = sync.OnceValue(decode[table[dependantRow]]("dependants.json"))
	checkTable     = sync.OnceValue(decode[checks]("checks.json"))
	defaultTable   = sync.OnceValue(decode[defaults]("defaults.json"))
)

// decode returns a function that reads one embedded table. It panics on a
// malformed one: the tables are part of the program, and the tests read all.
func decode[T any](name string) func() T {
	return func() T {
		var v T
		d := json.NewDecoder(bytes.NewReader(read(name)))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			panic(fmt.Sprintf("kernel: %s: %v", name, err))
		}
		return v
	}
}

// read returns the bytes of one embedded table.
func read(name string) []byte {
	data, err := files.ReadFile("tables/v1/" + name)
	if err != nil {
		panic(fmt.Sprintf("kernel: %v", err))
	}
	return data
}
