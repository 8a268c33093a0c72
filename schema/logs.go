package schema

// Logs are log files beside the journal, written by rsyslog.
type Logs struct {
	Mode     Value[Mode]        `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable   Value[bool]        `yaml:"enable" doc:"Write log files beside the journal."`
	Files    Map[Name, LogFile] `yaml:"files" doc:"What is written to /var/log/NAME.log."`
	Rotation Rotation           `yaml:"rotation" doc:"When a file ends and how long it is kept."`
}

// LogFile says which messages a log file takes.
type LogFile struct {
	Facilities List[Facility]  `yaml:"facilities,short" doc:"The syslog facilities of its messages: auth, authpriv, kern, …"`
	Least      Value[Priority] `yaml:"least" doc:"The least important messages taken. Default: debug, which is all."`
	Program    Value[Name]     `yaml:"program" doc:"The program whose messages it takes, instead of facilities; sshd means sshd-session too."`
}

// Rotation is what logrotate does to log files.
type Rotation struct {
	Every    Value[Period] `yaml:"every" doc:"A new file begins daily, weekly or monthly."`
	Keep     Value[Count]  `yaml:"keep" doc:"How many old files are kept."`
	Compress Value[bool]   `yaml:"compress" doc:"Compress old files but the newest."`
}

// Facility is where a message comes from (RFC 5424 6.2.1).
type Facility string

func (*Facility) words() []string {
	return []string{
		"auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
}

// Priority is how important a message is (RFC 5424 6.2.1).
type Priority string

func (*Priority) words() []string {
	return []string{"debug", "info", "notice", "warning", "err", "crit", "alert", "emerg"}
}

// Period is how often log files are rotated.
type Period string

func (*Period) words() []string { return []string{"daily", "weekly", "monthly"} }
