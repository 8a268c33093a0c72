package policy

import (
	"fmt"

	"github.com/pantherctl/pantherctl/schema"
)

// What an allowance adds to the exposure of a sandboxed service, in tenths:
// an upper bound of what systemd-analyze 252 counts, for a service of root.
const (
	exposedAtLeast      = 6  // root, AF_UNIX, no root directory of its own
	exposedNetwork      = 10 // the internet, and the host's interfaces
	exposedHome         = 1
	exposedDevices      = 3
	exposedProcesses    = 2
	exposedJIT          = 1
	exposedCapabilities = 4 // privileged system calls, and the host's users
)

// wideCapabilities are those that make much of a root of their holder.
var wideCapabilities = map[schema.Capability]bool{
	"CAP_SYS_ADMIN": true, "CAP_SYS_PTRACE": true, "CAP_SETUID": true, "CAP_SETGID": true, "CAP_SETPCAP": true,
}

// Exposure returns how exposed a sandbox leaves a service at most, as
// systemd-analyze security counts.
func Exposure(s schema.Sandbox) schema.Exposure {
	e := schema.Exposure(exposedAtLeast)
	add := func(allowed bool, cost schema.Exposure) {
		if allowed {
			e += cost
		}
	}
	add(s.Network.V, exposedNetwork)
	add(s.Home.V, exposedHome)
	add(len(s.Devices.Items) > 0, exposedDevices)
	add(s.Processes.V, exposedProcesses)
	add(s.JIT.V, exposedJIT)
	add(len(s.Capabilities.Items) > 0, exposedCapabilities)
	for _, c := range s.Capabilities.Values() {
		add(!wideCapabilities[c], 2)
		add(wideCapabilities[c], 3)
	}
	return min(e, 100)
}

// sandbox checks that what a sandbox allows leaves the target within reach.
func (r *resolver) sandbox(h *Host) {
	for _, e := range h.Sandbox.Entries {
		s := e.Value
		if left := Exposure(s); s.Exposure.IsSet() && left > s.Exposure.V {
			r.report(s.Exposure.From, h.Path("sandbox."+e.Key+".exposure"),
				fmt.Sprintf("what the sandbox allows comes to an exposure of up to %s, more than %s", left, s.Exposure.V),
				fmt.Sprintf("allow less, or set exposure: %s", left))
		}
	}
}
