package schema

// Cloudflared is a tunnel to Cloudflare, which brings requests from the
// internet to a host that opens no port for them.
type Cloudflared struct {
	Mode        Value[Mode]                  `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable      Value[bool]                  `yaml:"enable" doc:"Run the tunnel."`
	Tunnel      Value[TunnelID]              `yaml:"tunnel" doc:"Its id, as cloudflared tunnel create prints it."`
	Credentials Value[Name]                  `yaml:"credentials,secret" doc:"The secret holding the file that cloudflared tunnel create wrote, ID.json."`
	Ingress     Map[Domain, Value[Upstream]] `yaml:"ingress" doc:"Where requests go, by host name: a service of the host, or an address. All others get 404."`
}

// TunnelID is the UUID of a tunnel.
type TunnelID string

var tunnelForm = newForm(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

const tunnelWhat = "the id of a tunnel, a UUID in lower case"

func (*TunnelID) what() string { return tunnelWhat }
func (t *TunnelID) parse(tag, text string) error {
	*t = TunnelID(text)
	return pattern(tag, text, tunnelForm, tunnelWhat)
}

func (*TunnelID) shape(*shapes) shape { return shape{"type": "string", "pattern": tunnelForm.String()} }
