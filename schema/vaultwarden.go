package schema

// Vaultwarden is a server for Bitwarden's clients, without its admin page. Only
// the host itself reaches it: a proxy or tunnel brings requests.
type Vaultwarden struct {
	Mode        Value[Mode]   `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable      Value[bool]   `yaml:"enable" doc:"Run the password server. Proxies and tunnels name it vaultwarden."`
	Domain      Value[Domain] `yaml:"domain" doc:"The name that clients know it by, over HTTPS."`
	Signups     Value[bool]   `yaml:"signups" doc:"Let whoever reaches it make an account: true only until the first ones are made."`
	Environment Value[Name]   `yaml:"environment,secret" doc:"The secret holding KEY=value lines, such as SMTP_PASSWORD."`
	Dump        Value[bool]   `yaml:"dump" doc:"Copy the vault every night, and right before the backup where the host has one."`
}
