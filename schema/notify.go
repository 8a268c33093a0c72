package schema

// Notify tells people what happens on a host.
type Notify struct {
	Mode   Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool]     `yaml:"enable" doc:"Send notifications."`
	Via    Value[Channel]  `yaml:"via" doc:"ntfy: a push message; webhook: JSON by HTTPS; mail: by an SMTP server with TLS."`
	Target Value[Name]     `yaml:"target,secret" doc:"The secret that says where to and with which token, as lines of a curl configuration: url = \"https://…\", header = \"Authorization: Bearer …\"; for mail also mail-from, mail-rcpt and user."`
	Units  List[UnitName]  `yaml:"units" doc:"Services whose failure is told. The selfcheck's always is."`
	Events List[Event]     `yaml:"events" doc:"Journal messages that are told: login (somebody logged in by SSH), refused (somebody was not let in), sudo (somebody may not become root)."`
	Every  Value[Duration] `yaml:"every" doc:"At most one message about the same in this time. What comes between is told in the next."`
}

// Channel is how a notification travels.
type Channel string

func (*Channel) words() []string { return []string{"ntfy", "webhook", "mail"} }

// Event is a kind of message in the journal.
type Event string

func (*Event) words() []string { return []string{"login", "refused", "sudo"} }
