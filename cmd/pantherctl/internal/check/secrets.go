package check

import "fmt"

// secretWithoutFile is S1.
func secretWithoutFile(s *subject) {
	if s.in.Secrets == nil {
		return
	}
	for _, f := range s.Files {
		if s.in.Secrets[f.File] {
			continue
		}
		s.report(f.From, s.Path("secrets."+f.Secret), fmt.Sprintf("%s is missing: the host does not evaluate", f.File),
			fmt.Sprintf("in the folder of secrets: RULES=…/secrets.nix agenix -e %s, then git add %[1]s", f.File))
	}
}
