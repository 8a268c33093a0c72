package schema

// Caddy is a reverse proxy that gets its certificates itself.
type Caddy struct {
	Mode   Value[Mode]       `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool]       `yaml:"enable" doc:"Run Caddy on ports 80 and 443, without its admin API."`
	Plugin CaddyPlugin       `yaml:"plugin" doc:"The plugin that proves names by Cloudflare's DNS. Needs NixOS 25.05 or newer."`
	Sites  Map[Domain, Site] `yaml:"sites" doc:"What it answers for, by DNS name."`
}

// CaddyPlugin is github.com/caddy-dns/cloudflare.
type CaddyPlugin struct {
	Enable  Value[bool]      `yaml:"enable,short" doc:"Build Caddy with it. Without it the sites need certificates of the host: certificates.domains."`
	Version Value[GoVersion] `yaml:"version" doc:"Its version."`
	Hash    Value[SRIHash]   `yaml:"hash" doc:"The hash of its source and that of what it needs. Nix prints it when a build without it stops; it changes with the version of Caddy."`
}

// Site is one name that a proxy answers for.
type Site struct {
	Upstream Value[Upstream] `yaml:"upstream,short" doc:"Who answers behind the proxy: the name of a service of the host, or an address such as http://127.0.0.1:8080."`
	Auth     Value[SiteAuth] `yaml:"auth" doc:"Who is asked whether a visitor may come in: none or authelia."`
}

// SiteAuth is who decides on the visitors of a site.
type SiteAuth string

// ByAuthelia lets Authelia decide.
const ByAuthelia SiteAuth = "authelia"

func (*SiteAuth) words() []string { return []string{"none", string(ByAuthelia)} }

// GoVersion is a version of a Go module, v1.2.3.
type GoVersion string

var goVersionForm = newForm(`^v(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}(-[0-9A-Za-z.-]{1,60})?$`)

const goVersionWhat = "a version such as v0.2.4"

func (*GoVersion) what() string { return goVersionWhat }
func (v *GoVersion) parse(tag, text string) error {
	*v = GoVersion(text)
	return pattern(tag, text, goVersionForm, goVersionWhat)
}

func (*GoVersion) shape(*shapes) shape {
	return shape{"type": "string", "pattern": goVersionForm.String()}
}

// SRIHash is a SHA-256 as Nix prints it, sha256-BASE64.
type SRIHash string

var sriForm = newForm(`^sha256-[A-Za-z0-9+/]{43}=$`)

const sriWhat = "a hash as Nix prints it, sha256-…="

func (*SRIHash) what() string { return sriWhat }
func (h *SRIHash) parse(tag, text string) error {
	*h = SRIHash(text)
	return pattern(tag, text, sriForm, sriWhat)
}

func (*SRIHash) shape(*shapes) shape { return shape{"type": "string", "pattern": sriForm.String()} }
