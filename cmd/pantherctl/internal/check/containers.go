package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// outsideContainers is I1. SSH is the way in to the host itself.
func outsideContainers(s *subject) {
	if !s.ContainersOnly.V {
		return
	}
	seen := map[string]bool{}
	for _, o := range s.Openings {
		if o.Container != "" || o.Service == "ssh" || seen[o.Service] {
			continue
		}
		seen[o.Service] = true
		s.report(o.From, s.Path("containers_only"),
			fmt.Sprintf("%s is let in, and no container serves it: whoever takes it over is on the host", o.Why()),
			fmt.Sprintf("let a container serve it: containers: { …: { serves: %s } }, or waive I1", o.Service))
	}
}

// hostsRoot is I2.
func hostsRoot(s *subject) {
	for _, c := range s.Containers {
		if s.Release.Before(policy.PrivateUsersSince) {
			s.report(c.From, s.Path("containers."+c.Name),
				fmt.Sprintf("NixOS %s gives the container no users of its own: its root is the host's", s.Release),
				"upgrade to "+string(policy.PrivateUsersSince)+" or newer")
		}
	}
}
