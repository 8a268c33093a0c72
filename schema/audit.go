package schema

// Audit is the kernel's audit trail and the daemon that keeps it.
type Audit struct {
	Mode      Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable    Value[bool]     `yaml:"enable" doc:"Record what the rules name, in /var/log/audit."`
	Rules     List[AuditRule] `yaml:"rules" doc:"Rules as auditctl takes them, in order: -w /etc/passwd -p wa -k identity."`
	Lock      Value[bool]     `yaml:"lock" doc:"Nobody, not even root, changes the rules before a reboot."`
	Backlog   Value[Count]    `yaml:"backlog" doc:"Events that may wait for the daemon."`
	RateLimit Value[Count]    `yaml:"rate_limit" doc:"Events a second at most; the kernel log says when more were lost."`
	FileSize  Value[Count]    `yaml:"file_size" doc:"Megabytes of one file of the trail."`
	Files     Value[Files]    `yaml:"files" doc:"Files of the trail; the oldest is overwritten."`
}

// AuditRule is one line of auditctl: a watch (-w) or a system call rule (-a).
type AuditRule string

// NixOS hands a rule to a shell in single quotes, so none may be in it.
var auditForm = newForm(`^(-w /[A-Za-z0-9_./@+-]*|-a (always|never),(exit|exclude|user|task|filesystem))( -[FSCpk] [A-Za-z0-9_./,:@+=!<>&-]+)*$`)

func (*AuditRule) what() string {
	return "a rule of auditctl: -w PATH -p PERMISSIONS -k KEY, or -a always,exit -F … -S … -k KEY"
}

func (r *AuditRule) parse(tag, text string) error {
	*r = AuditRule(text)
	return pattern(tag, text, auditForm, r.what())
}

func (*AuditRule) shape(*shapes) shape {
	return shape{"type": "string", "pattern": auditForm.String()}
}

// Files is how many files auditd rotates, 2 to 999 (auditd.conf(5) num_logs).
type Files int

func (*Files) what() string { return "a whole number from 2 to 999" }

func (f *Files) parse(tag, text string) error {
	n, err := whole(tag, text, f.what(), 2, 999)
	*f = Files(n)
	return err
}

func (*Files) shape(*shapes) shape { return shape{"type": "integer", "minimum": 2, "maximum": 999} }
