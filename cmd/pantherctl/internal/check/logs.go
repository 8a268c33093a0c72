package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func logs(h *policy.Host) bool { return h.Logs.Mode.V == schema.Generate && h.Logs.Enable.V }

// emptyLog is O5. Of programs that pantherctl does not write it knows nothing.
func emptyLog(s *subject) {
	runs := map[schema.Name]bool{
		"sshd":       s.SSH.Enable.V || s.SSH.Mode.V != schema.Generate,
		"tailscaled": s.Tailscale.Enable.V || s.Tailscale.Mode.V != schema.Generate,
		"auditd":     s.Audit.Enable.V || s.Audit.Mode.V != schema.Generate,
	}
	for _, e := range s.Logs.Files.Entries {
		program := e.Value.Program
		if known, ok := runs[program.V]; ok && !known {
			s.report(program.From, s.entry("logs.files", e.Key), fmt.Sprintf("/var/log/%s.log stays empty: %s does not run here", e.Key, program.V),
				"enable it, or remove the file")
		}
	}
}
