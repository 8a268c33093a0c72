package facts

// Caddy is the proxy Caddy: the text it reads, and how systemd confines it.
type Caddy struct {
	Config       string
	EnableReload bool
	Unit         map[string]any
}

// Traefik is the proxy Traefik.
type Traefik struct {
	Static, Dynamic map[string]any
	Unit            map[string]any
}

// Authelia is one instance of the login page.
type Authelia struct {
	Settings map[string]any
	Unit     map[string]any
}

// A Certificate is one that NixOS has renewed.
type Certificate struct {
	CredentialFiles  map[string]string
	DNSProvider      string
	Email            string
	ExtraDomainNames []string
	Group            string
}

// SSHCertificates are the keys whose signatures count, and the files that say
// whom they let in.
type SSHCertificates struct {
	Authorities map[string]Authority
	Files       map[string]EtcFile
}

// An Authority signs the keys of hosts.
type Authority struct {
	HostNames []string
	PublicKey string
}

// An EtcFile is a file below /etc.
type EtcFile struct{ Mode, Text string }
