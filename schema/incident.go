package schema

// Incident is how a host is cut off when somebody has broken in.
type Incident struct {
	Mode         Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable       Value[bool]     `yaml:"enable" doc:"Have pantherctl-lockdown.service, which isolates the host when it is started, and pantherctl-lockdown-release.service, the way back."`
	Over         Value[Side]     `yaml:"over" doc:"The side by which operators still come in by SSH: tailnet or lan."`
	Operators    List[Member]    `yaml:"operators" doc:"Hosts, roles, devices or users whose declared addresses on that side are let in. Nobody else is, and nothing else."`
	ReleaseAfter Value[Duration] `yaml:"release_after" doc:"End the isolation by itself after this time. Default: only an operator ends it."`
}
