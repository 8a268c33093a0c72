package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// The algorithms sshd offers, in its order of preference. ssh-audit finds no
// failure and no warning in the strict ones on OpenSSH 10.
var (
	kexStrict    = []string{"mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com"}
	kexClassical = []string{"curve25519-sha256", "curve25519-sha256@libssh.org"}
	ciphers      = []string{
		"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr",
		"aes128-gcm@openssh.com", "aes128-ctr",
	}
	macs     = []string{"hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "umac-128-etm@openssh.com"}
	hostAlgs = []string{"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"}
)

// ssh is the module of the SSH server.
func ssh(h *policy.Host) *nix.File {
	s := h.SSH
	if !s.Enable.V {
		return &nix.File{Body: nix.AttrSet{nix.Bind("services.openssh.enable", nix.Bool(false), why(s.Enable.From))}}
	}
	var ports []int64
	for _, p := range h.SSHPorts() {
		ports = append(ports, int64(p))
	}
	key := nix.AttrSet{
		nix.Bind("path", nix.String(h.HostKeyPath())),
		nix.Bind("type", nix.String("ed25519")),
	}
	server := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("ports", nix.Ints(ports...)),
	}
	bind(&server, nix.Path("openFirewall"), nix.Bool(false), "firewall.nix opens the ports where access rules say so")
	bind(&server, nix.Path("authorizedKeysInHomedir"), nix.Bool(false), "keys come from users.nix, not from files a session could write")
	bind(&server, nix.Path("hostKeys"), nix.Elements(key), hostKeyReason(h))
	bind(&server, nix.Path("allowSFTP"), nix.Bool(s.SFTP.V), why(s.SFTP.From))
	if s.SFTP.V {
		server = append(server, nix.Bind("sftpServerExecutable", nix.String("internal-sftp")))
	}
	bind(&server, nix.Path("settings"), settings(h))
	body := nix.AttrSet{}
	sftpOnly(h, &server, &body)
	sshCertificates(h, &body)
	return &nix.File{Body: append(nix.AttrSet{nix.Bind("services.openssh", server)}, body...)}
}

// sftpOnly shuts groups into directories. sshd wants each such directory to be
// root's, so members write one below.
func sftpOnly(h *policy.Host, server, body *nix.AttrSet) {
	var config strings.Builder
	var rules []string
	groups := nix.AttrSet{}
	for _, g := range h.SSH.SFTPOnly.Entries {
		directory := string(g.Value.Directory.V)
		section(&config, "Match Group "+g.Key,
			"ChrootDirectory "+directory+"/%u", "ForceCommand internal-sftp -d /files", "AllowTcpForwarding no", "PermitTTY no")
		rules = append(rules, fmt.Sprintf("d %s 0755 root root -", directory))
		members := schema.Words(g.Value.Members)
		for _, m := range members {
			rules = append(rules, fmt.Sprintf("d %s/%s 0755 root root -", directory, m), fmt.Sprintf("d %s/%s/files 0700 %[2]s users -", directory, m))
		}
		groups = append(groups, nix.Binding{Path: nix.AttrPath{g.Key}, Value: nix.AttrSet{nix.Bind("members", nix.Strings(members...))}})
	}
	if len(groups) == 0 {
		return
	}
	config.WriteString("Match all\n")
	bind(server, nix.Path("extraConfig"), nix.String(config.String()), "members transfer files, and nothing else; no line may follow")
	*body = append(*body, nix.Binding{Path: nix.Path("users.groups"), Value: groups, Blank: true})
	bind(body, nix.Path("systemd.tmpfiles.rules"), nix.Strings(rules...), "sshd shuts nobody into a directory that is not root's")
}

func hostKeyReason(h *policy.Host) string {
	if h.Persistence.Enable.V {
		return "on the mount that survives: the key is there before anything is bind-mounted"
	}
	return "one modern key; secrets are encrypted to it"
}

// settings are the lines of sshd_config. sshd takes the first value of a
// keyword, and NixOS writes these first.
func settings(h *policy.Host) nix.AttrSet {
	s := h.SSH
	var set nix.AttrSet
	group := func(bindings ...nix.Binding) {
		bindings[0].Blank = len(set) > 0
		set = append(set, bindings...)
	}
	no := nix.Bool(false)
	group(
		nix.Bind("AuthenticationMethods", nix.String("publickey"), "keys are the only way in"),
		nix.Bind("PasswordAuthentication", no),
		nix.Bind("KbdInteractiveAuthentication", no, "NixOS's default asks PAM for a password"),
		nix.Bind("HostbasedAuthentication", no),
		nix.Bind("PermitEmptyPasswords", no),
	)
	who := []nix.Binding{
		nix.Bind("PermitRootLogin", nix.String(s.RootLogin.V), why(s.RootLogin.From)),
		nix.Bind("AllowGroups", nix.Strings(allowGroups(h)...), "users.nix makes the members"),
	}
	if len(s.AllowUsers.Items) > 0 {
		who = append(who, nix.Bind("AllowUsers", nix.Strings(schema.Words(s.AllowUsers)...), "and of them only these"))
	}
	group(who...)
	kex, reason := kexStrict, why(s.Kex.From)
	if s.Kex.V == "compat" {
		kex, reason = append(append([]string{}, kexStrict...), kexClassical...), "post-quantum first, then what older clients know"
	}
	group(
		nix.Bind("KexAlgorithms", nix.Strings(kex...), reason),
		nix.Bind("Ciphers", nix.Strings(ciphers...)),
		nix.Bind("Macs", nix.Strings(macs...)),
		nix.Bind("HostKeyAlgorithms", nix.String(strings.Join(hostAlgs, ","))),
		nix.Bind("PubkeyAcceptedAlgorithms", nix.String(strings.Join(policy.KeyAlgorithms(), ","))),
		nix.Bind("CASignatureAlgorithms", nix.String(strings.Join(policy.CASignatures(), ","))),
	)
	if lines := certificateSettings(h); len(lines) > 0 {
		group(lines...)
	}
	group(
		nix.Bind("MaxAuthTries", nix.Int(s.MaxAuthTries.V), why(s.MaxAuthTries.From)),
		nix.Bind("MaxSessions", nix.Int(s.MaxSessions.V), why(s.MaxSessions.From)),
		nix.Bind("LoginGraceTime", nix.Int(s.LoginGrace.V.Seconds()), why(s.LoginGrace.From)),
		nix.Bind("MaxStartups", nix.String("10:30:60"), "half-open logins are dropped at random from the tenth on"),
		nix.Bind("PerSourcePenalties", nix.String("yes"), "who fails again and again waits"),
		nix.Bind("ClientAliveInterval", nix.Int(s.AliveInterval.V.Seconds()), why(s.AliveInterval.From)),
		nix.Bind("ClientAliveCountMax", nix.Int(s.AliveCount.V), why(s.AliveCount.From)),
	)
	group(
		nix.Bind("AllowTcpForwarding", nix.String(s.TCPForwarding.V), why(s.TCPForwarding.From)),
		nix.Bind("AllowStreamLocalForwarding", no),
		nix.Bind("AllowAgentForwarding", no, "a taken-over host must not use its visitors' keys"),
		nix.Bind("GatewayPorts", nix.String("no")),
		nix.Bind("PermitTunnel", no),
		nix.Bind("X11Forwarding", no),
		nix.Bind("PermitUserEnvironment", no),
	)
	group(
		nix.Bind("StrictModes", nix.Bool(true)),
		nix.Bind("UsePAM", nix.Bool(true), "accounts without a password count as locked otherwise"),
		nix.Bind("UseDns", no),
		nix.Bind("Compression", no),
		nix.Bind("LogLevel", nix.String(s.LogLevel.V), why(s.LogLevel.From)),
	)
	return set
}

// allowGroups are the groups that may log in. Root is in no group but its own.
func allowGroups(h *policy.Host) []string {
	if h.SSH.RootLogin.V == "no" {
		return []string{policy.SSHGroup}
	}
	return []string{"root", policy.SSHGroup}
}
