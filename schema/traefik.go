package schema

// Traefik is a reverse proxy that gets its certificates itself, by DNS.
type Traefik struct {
	Mode   Value[Mode]       `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool]       `yaml:"enable" doc:"Run Traefik on ports 80 and 443, without dashboard and API."`
	Sites  Map[Domain, Site] `yaml:"sites" doc:"What it answers for, by DNS name."`
}
