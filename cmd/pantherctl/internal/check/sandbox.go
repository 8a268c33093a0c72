package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// mediumExposure is where systemd-analyze begins to call an exposure medium.
const mediumExposure = 50

// confinesLittle is I3.
func confinesLittle(s *subject) {
	for _, e := range s.Sandbox.Entries {
		if left := policy.Exposure(e.Value); left >= mediumExposure {
			s.report(e.From, s.entry("sandbox", e.Key), fmt.Sprintf("what the sandbox allows comes to an exposure of up to %s", left),
				"take back capabilities first: each is a part of root")
		}
	}
}
