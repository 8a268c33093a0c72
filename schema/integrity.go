package schema

import "fmt"

// Integrity is a regular look for programs that are not what they were.
type Integrity struct {
	Mode   Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool]     `yaml:"enable" doc:"Look regularly whether programs are still what was installed."`
	By     Value[Scanner]  `yaml:"by" doc:"store: compare every path of the Nix store with the hash it was registered with."`
	Every  Value[Interval] `yaml:"every" doc:"daily, weekly or monthly. A missed run is made up for."`
}

// Scanner is what looks for changed programs: "store".
type Scanner string

// parse answers the scanners of other systems with the reason they are none.
func (s *Scanner) parse(tag, text string) error {
	if tag == "!!str" && text == "store" {
		*s = Scanner(text)
		return nil
	}
	reason := map[string]string{
		"rkhunter":   "rkhunter is not packaged for NixOS",
		"chkrootkit": "chkrootkit looks in folders that NixOS does not have",
		"aide":       "AIDE has no module, and its database would change with every switch",
	}[text]
	if reason == "" {
		return fmt.Errorf("%s is not %s", quote(text), s.what())
	}
	return problem{reason, "write store: programs lie in the Nix store, which knows the hash of each"}
}

func (*Scanner) what() string { return "a scanner (store)" }

func (*Scanner) shape(*shapes) shape { return shape{"enum": []any{"store"}} }

// Interval is how often something happens, as systemd.time(7) spells it.
type Interval string

func (*Interval) words() []string { return []string{"daily", "weekly", "monthly"} }
