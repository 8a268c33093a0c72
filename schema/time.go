package schema

// Time is where the host's clock is set from.
type Time struct {
	Mode    Value[Mode]  `yaml:"mode" doc:"Who writes it: generate, report or own."`
	NTS     Value[bool]  `yaml:"nts" doc:"Take the time, by chrony, only from servers that prove who they are. Without it the host keeps systemd-timesyncd, which believes whoever answers."`
	Servers List[Domain] `yaml:"servers" doc:"The servers, which must speak NTS."`
}
