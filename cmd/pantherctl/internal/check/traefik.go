package check

import (
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// traefik reports whether pantherctl writes Traefik's sites. They are judged
// with those of Caddy.
func traefik(h *policy.Host) bool { return h.Traefik.Mode.V == schema.Generate && h.Traefik.Enable.V }
