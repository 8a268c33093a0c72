package check

import "fmt"

// secretWithoutFile is S1. A file is missing once, however many hosts read it,
// so the finding is no single host's.
func secretWithoutFile(s *subject) {
	if s.in.Secrets == nil {
		return
	}
	for _, f := range s.Files {
		if s.in.Secrets[f.File] || s.files[f.File] {
			continue
		}
		s.files[f.File] = true
		*s.found = append(*s.found, Finding{
			Rule: s.rule.ID, Severity: s.rule.Severity, Path: "secrets." + f.Secret, Pos: f.From.Pos, Status: Fail,
			Message: fmt.Sprintf("%s does not exist yet: its hosts do not evaluate without it", f.File),
			Hint:    fmt.Sprintf("after generate, in the folder of secrets: RULES=%s agenix -e %s, then git add %[2]s", s.in.Rules, f.File),
		})
	}
}

// tokenByHand is S4.
func tokenByHand(s *subject) {
	for _, e := range s.Secrets.Entries {
		if e.Value.Reference.IsSet() && !s.Secrets.Has("opnix-token") {
			s.report(e.From, s.Path("secrets.opnix-token"), "secrets come from 1Password with a token that somebody puts into /etc/opnix-token by hand",
				"let agenix bring it: secrets: { opnix-token: {} }")
			return
		}
	}
}
