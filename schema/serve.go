package schema

import "strconv"

// Served is what tailscaled answers for on one port of the host, over HTTPS.
type Served struct {
	To     Value[Upstream] `yaml:"to,short" doc:"Who answers behind it: a service of the host, or an address such as http://127.0.0.1:3000."`
	Funnel Value[bool]     `yaml:"funnel" doc:"Bring requests of the whole internet there too, by Tailscale Funnel, which has the ports 443, 8443 and 10000."`
}

// ServePort is a TCP port as the key of what is served there.
type ServePort uint16

var servePortForm = newForm(`^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$`)

func (*ServePort) what() string { return portWhat }

func (p *ServePort) parse(_, text string) error {
	if !servePortForm.MatchString(text) {
		return problem{message: quote(text) + " is not " + portWhat}
	}
	n, err := strconv.ParseUint(text, 10, 16)
	*p = ServePort(n)
	return err
}

func (*ServePort) shape(*shapes) shape {
	return shape{"type": "string", "pattern": servePortForm.String()}
}
