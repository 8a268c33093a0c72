package lab

// A SSHDReport is what a host's sshd did.
type SSHDReport struct {
	Host    string
	Fault   string // why nothing could be asked of it, in its own words
	Offer   Offer
	Logins  []LoginResult
	Forward []string // what it forwards for somebody logged in
	LeftOut string   // why nobody tried to log in
	Bans    string   // how fail2ban understood its log, "" if it was not asked
	Unread  bool     // fail2ban understood nothing of it
}

// An Offer is the first message of sshd, what it would agree on (RFC 4253
// section 7.1).
type Offer struct {
	Banner                       string // "SSH-2.0-OpenSSH_10.0"
	Kex, HostKeys, Ciphers, MACs []string
}

// A LoginResult is what became of a login.
type LoginResult struct {
	Accepted    int    // the identity that got in, -1 for none
	Password    bool   // a password was asked for
	Interactive bool   // questions were asked
	Error       string // of the client
	Log         string // what sshd says of it
}
