package schema

// SSH is the SSH server of a host. Keys are the only way to log in.
type SSH struct {
	Mode          Value[Mode]             `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable        Value[bool]             `yaml:"enable" doc:"Run the SSH server."`
	Ports         List[Port]              `yaml:"ports" doc:"Ports it listens on."`
	Kex           Value[Kex]              `yaml:"kex" doc:"Key exchange: strict (post-quantum only, OpenSSH 8.5 or newer) or compat (also curve25519)."`
	RootLogin     Value[RootLogin]        `yaml:"root_login" doc:"Whether root may log in: no, or prohibit-password (with a key)."`
	AllowUsers    List[UserName]          `yaml:"allow_users" doc:"Only these users, who must also be members of ssh-users. Default: all members."`
	Members       List[UserName]          `yaml:"members" doc:"Members of ssh-users, who may log in. Default: users with a key."`
	MaxAuthTries  Value[Count]            `yaml:"max_auth_tries" doc:"Keys a client may offer: at least as many as its agent holds."`
	MaxSessions   Value[Count]            `yaml:"max_sessions" doc:"Sessions over one connection."`
	LoginGrace    Value[Duration]         `yaml:"login_grace_time" doc:"Time to log in."`
	AliveInterval Value[Duration]         `yaml:"client_alive_interval" doc:"Time after which a silent client is asked whether it lives."`
	AliveCount    Value[Count]            `yaml:"client_alive_count_max" doc:"Unanswered questions after which it is dropped."`
	TCPForwarding Value[Forwarding]       `yaml:"tcp_forwarding" doc:"no; local for a jump host (ProxyJump, ssh -L); yes also lets clients listen here."`
	SFTP          Value[bool]             `yaml:"sftp" doc:"Offer sftp, which scp uses too."`
	SFTPOnly      Map[UserName, SFTPOnly] `yaml:"sftp_only" doc:"Groups whose members may transfer files and nothing else, each shut into a directory."`
	Certificates  SSHCertificates         `yaml:"certificates" doc:"Certificates of users and of the host, besides keys."`
	LogLevel      Value[LogLevel]         `yaml:"log_level" doc:"VERBOSE logs which key logged in."`
}

// SFTPOnly is a group that may only transfer files.
type SFTPOnly struct {
	Directory Value[AbsPath] `yaml:"directory,required" doc:"Holds a directory per member, which is all that the member sees. They write below its files."`
	Members   List[UserName] `yaml:"members,required" doc:"Users of the group."`
}

// Kex is the set of key exchanges sshd offers.
type Kex string

func (*Kex) words() []string { return []string{"strict", "compat"} }

// RootLogin is how root may log in.
type RootLogin string

func (*RootLogin) words() []string { return []string{"no", "prohibit-password"} }

// Forwarding is which TCP forwarding sshd allows.
type Forwarding string

func (*Forwarding) words() []string { return []string{"no", "local", "yes"} }

// LogLevel is sshd's.
type LogLevel string

func (*LogLevel) words() []string { return []string{"INFO", "VERBOSE"} }
