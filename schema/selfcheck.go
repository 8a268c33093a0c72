package schema

// Selfcheck compares the running host with what was generated for it.
type Selfcheck struct {
	Mode   Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool]     `yaml:"enable" doc:"Compare sshd, the ruleset, the audit rules, the tailnet, secrets and the store with what was generated, by a timer."`
	Every  Value[Duration] `yaml:"every" doc:"How often."`
	Store  Value[bool]     `yaml:"store" doc:"Read the whole running system and compare it with the hashes Nix knows."`
	Tools  List[AuditTool] `yaml:"tools" doc:"Programs to look at hosts from outside: nmap, ssh-audit, sslscan."`
}

// AuditTool is a program that looks at a host from outside.
type AuditTool string

func (*AuditTool) words() []string { return []string{"nmap", "ssh-audit", "sslscan"} }
