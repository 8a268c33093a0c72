package schema

// SSHClient is what ssh does on a host when somebody there goes elsewhere.
type SSHClient struct {
	Mode     Value[Mode]      `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable   Value[bool]      `yaml:"enable" doc:"Know the host keys of the fleet, and connect to its hosts without lending them the agent."`
	Agent    Value[Agent]     `yaml:"agent" doc:"Who holds the keys: session (the agent the session names) or 1password (its desktop application)."`
	Identity Value[PublicKey] `yaml:"identity" doc:"The one public key to offer the fleet's hosts. Without it the agent offers all, and each counts as a try."`
}

// Agent is who holds the private keys of the people at a host.
type Agent string

// OnePassword is the agent of 1Password's desktop application.
const OnePassword Agent = "1password"

func (*Agent) words() []string { return []string{"session", string(OnePassword)} }

// Domain is a DNS name of two labels or more, in lower case.
type Domain string

var domainForm = newForm(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

const domainWhat = "a DNS name such as tail1234.ts.net"

func (*Domain) what() string { return domainWhat }
func (d *Domain) parse(tag, text string) error {
	*d = Domain(text)
	return pattern(tag, text, domainForm, domainWhat)
}

func (*Domain) shape(*shapes) shape { return shape{"type": "string", "pattern": domainForm.String()} }
