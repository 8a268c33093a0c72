package schema

// Fail2ban bans addresses from which logins fail again and again.
type Fail2ban struct {
	Mode       Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	When       Value[BanWhen]  `yaml:"when,short" doc:"auto: where the firewall lets anybody but the tailnet reach sshd; always: wherever sshd runs; never."`
	MaxRetry   Value[Count]    `yaml:"max_retry" doc:"Failed logins before an address is banned."`
	FindTime   Value[Duration] `yaml:"find_time" doc:"The time in which they count."`
	BanTime    Value[Duration] `yaml:"ban_time" doc:"How long the first ban lasts. Each further one is longer."`
	MaxBanTime Value[Duration] `yaml:"max_ban_time" doc:"How long a ban lasts at most."`
	Ignore     List[CIDR]      `yaml:"ignore" doc:"Networks never banned, beside the tailnet's."`
}

// BanWhen is where fail2ban runs.
type BanWhen string

func (*BanWhen) words() []string { return []string{"auto", "always", "never"} }
