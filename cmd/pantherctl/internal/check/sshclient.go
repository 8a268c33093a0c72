package check

import "github.com/pantherctl/pantherctl/schema"

// agentWithoutDesktop is C1.
func agentWithoutDesktop(s *subject) {
	if a := s.SSHClient.Agent; a.V == schema.OnePassword && s.Level.V != "workstation" {
		s.report(a.From, s.Path("ssh_client.agent"), "1Password's agent is part of a desktop application, and nobody unlocks that here: ssh has no keys",
			"leave ssh_client.agent out: a server needs no keys of people")
	}
}
