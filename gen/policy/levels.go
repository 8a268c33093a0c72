package policy

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"sync"

	"github.com/pantherctl/pantherctl/schema"
)

//go:embed levels/*.yaml
var levelFiles embed.FS

// NewestVersion is the newest version of the levels. A document names the one
// it means, so that a new release of the tool changes no host unasked.
const NewestVersion schema.Version = 1

// LevelSet is the content of the levels in one version: settings by level, and
// under "every" those that all levels share.
type LevelSet map[string]*schema.Settings

// Levels returns the content of the levels in a version, not to be changed. The
// newest are read once, however often and from where they are asked for.
func Levels(version schema.Version) (LevelSet, error) {
	if version == NewestVersion {
		return newest()
	}
	return embedded(version)
}

var newest = sync.OnceValues(func() (LevelSet, error) { return embedded(NewestVersion) })

func embedded(version schema.Version) (LevelSet, error) {
	file := fmt.Sprintf("levels/v%d.yaml", version)
	src, err := levelFiles.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("no levels of version %d", version)
	}
	return ReadLevels(file, src)
}

// ReadLevels reads a document of levels.
func ReadLevels(file string, src []byte) (LevelSet, error) {
	settings, problems := schema.LoadLevels(file, src)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s", problems[0])
	}
	return settings, nil
}

// Names returns the levels from the mildest to the strictest.
func (LevelSet) Names() []string { return []string{"workstation", "server", "high-security"} }

// Settings returns the complete settings of a level.
func (l LevelSet) Settings(level string) *schema.Settings {
	var s schema.Settings
	for _, name := range []string{"every", level} {
		if layer, ok := l[name]; ok {
			s.Overlay(layer)
		}
	}
	return &s
}

// A Change is a default that two versions of the levels set differently.
type Change struct {
	Level, Path string
	Old, New    string // "" where a version says nothing
	Why, Source string // of the new value
}

// Changes returns what a newer version of the levels would change, and why.
func Changes(older, newer LevelSet) []Change {
	var changes []Change
	for _, level := range older.Names() {
		byPath := map[string]Change{}
		for _, s := range older.Settings(level).All() {
			byPath[s.Path] = Change{Level: level, Path: s.Path, Old: s.Text}
		}
		for _, s := range newer.Settings(level).All() {
			c := byPath[s.Path]
			reason := cmp.Or(s.From[0].Reason, &schema.Reason{})
			byPath[s.Path] = Change{level, s.Path, c.Old, s.Text, reason.Why, reason.Source}
		}
		start := len(changes)
		for _, c := range byPath {
			if c.Old != c.New {
				changes = append(changes, c)
			}
		}
		slices.SortFunc(changes[start:], func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	}
	return changes
}
