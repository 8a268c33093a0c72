package schema

// DERPMap is the fleet's own relays, for the policy of the tailnet.
type DERPMap struct {
	OmitDefault Value[bool]           `yaml:"omit_default" doc:"Use no relay of Tailscale's. Then nobody connects while the fleet's own are down."`
	Regions     Map[Name, DERPRegion] `yaml:"regions" doc:"Places of relays, by a short code."`
}

// DERPRegion is a place with relays that stand in for each other.
type DERPRegion struct {
	ID    Value[RegionID] `yaml:"id,required" doc:"A number from 900 to 999, which Tailscale leaves to others."`
	Name  Value[Text]     `yaml:"name" doc:"What people see. Default: the code."`
	Hosts List[HostName]  `yaml:"hosts,required" doc:"The hosts with tailscale.relay: derp there, the first choice first."`
}

// RegionID numbers a region of relays (tailscale.com/kb/1118).
type RegionID int

const regionWhat = "a number from 900 to 999"

func (*RegionID) what() string { return regionWhat }

func (r *RegionID) parse(tag, text string) error {
	n, err := whole(tag, text, regionWhat, 900, 999)
	*r = RegionID(n)
	return err
}

func (*RegionID) shape(*shapes) shape {
	return shape{"type": "integer", "minimum": 900, "maximum": 999}
}

// DERP is a relay of the fleet's own.
type DERP struct {
	Domain Value[Domain] `yaml:"domain" doc:"The name by which clients find it, and for which it has a certificate."`
	Email  Value[Email]  `yaml:"email" doc:"Whom Let's Encrypt tells when the certificate is not renewed."`
}

// Relay is how a host relays between others. The word has several meanings, so
// it is never a flag.
type Relay string

// The relays of a tailnet.
const (
	NoRelay   Relay = "none"
	PeerRelay Relay = "peer-relay" // UDP between members that cannot reach each other
	DERPRelay Relay = "derp"       // the last resort of all connections, and their first packets
)

func (*Relay) words() []string { return []string{"none", "peer-relay", "derp"} }

func (r *Relay) what() string { return "one of none, peer-relay, derp" }

func (r *Relay) parse(tag, text string) error {
	hints := map[string]string{
		"true":        "write relay: peer-relay for UDP between members, relay: derp for a relay of your own, exit_node: true for the way to the internet, routes for networks behind the host",
		"false":       "write relay: none",
		"leaf":        "write relay: none; a leaf is neither exit_node nor has routes",
		"exit":        "write exit_node: true",
		"exit-node":   "write exit_node: true",
		"subnet":      "name the networks: routes: [ … ]",
		"peer":        "write relay: peer-relay",
		"subnet-node": "name the networks: routes: [ … ]",
	}
	for _, word := range r.words() {
		if tag == "!!str" && text == word {
			*r = Relay(text)
			return nil
		}
	}
	return problem{quote(text) + " is not " + r.what(), hints[text]}
}

func (r *Relay) shape(*shapes) shape { return shape{"enum": []any{"none", "peer-relay", "derp"}} }
