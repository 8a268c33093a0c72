package gen_test

import (
	"fmt"
	"os/user"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// TestClient asks ssh what it would do for each host of a fleet, and
// ssh-keygen whether the key of every name that ssh looks up is known.
func TestClient(t *testing.T) {
	keygen := tool(t, "ssh-keygen")
	for _, e := range examples() {
		fleet, _ := e.generate(t)
		for name, f := range e.facts(t) {
			t.Run(e.name+"/"+name, func(t *testing.T) {
				var known strings.Builder
				for _, k := range f.SSH.KnownHosts {
					fmt.Fprintf(&known, "%s %s\n", strings.Join(k.HostNames, ","), k.PublicKey)
				}
				file := write(t, "known_hosts", known.String())
				for alias, want := range destinations(t, fleet, name, f) {
					if got := effectiveClient(t, f.SSH.Config, alias, want); !cmp.Equal(want, got) {
						t.Errorf("ssh %s (-want +got)\n%s", alias, cmp.Diff(want, got))
					}
					if found, err := run(t, keygen, "-F", alias, "-f", file); err != nil || !strings.Contains(found, "ssh-ed25519 ") {
						t.Errorf("the key of %s is not known: %v", alias, err)
					}
				}
			})
		}
	}
}

// destinations are what ssh on a host should do for each alias of the fleet.
func destinations(t *testing.T, fleet *policy.Fleet, from string, f *facts) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, h := range fleet.Hosts {
		if h.SSH.Enable.V {
			all[h.Name] = map[string]string{"forwardagent": "no", "controlmaster": "auto", "serveraliveinterval": "60"}
		}
		if h.Unlocks() {
			all[h.InitrdAlias()] = map[string]string{
				"hostname": h.InitrdAddress(), "port": fmt.Sprint(h.Disk.RemoteUnlock.Port.V), "user": "root",
				"hostkeyalias": h.InitrdAlias(), "stricthostkeychecking": "true", "forwardagent": "no",
			}
		}
	}
	client, _ := fleet.Host(from)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range all {
		if f.SSH.OnePassword {
			want["identityagent"] = me.HomeDir + "/.1password/agent.sock"
		}
		if _, isHost := fleet.Host(name); isHost && client.SSHClient.Identity.IsSet() {
			want["identitiesonly"], want["identityfile"] = "yes", "/etc/ssh/fleet-identity.pub"
		}
	}
	return all
}

// effectiveClient returns what ssh makes of a configuration for a host, those
// keywords that a test asks for. What comes after it, under Host *, is too late.
func effectiveClient(t *testing.T, config, host string, asked map[string]string) map[string]string {
	t.Helper()
	out, err := run(t, tool(t, "ssh"), "-T", "-G", "-F", write(t, "ssh_config", config+"\nHost *\n  ForwardAgent yes\n"), host)
	if err != nil {
		t.Fatal(err)
	}
	return keywords(out, asked)
}

// TestUnlockServer has sshd accept what the initrd's sshd reads.
func TestUnlockServer(t *testing.T) {
	seen := false
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if f.RemoteUnlock.Port == 0 {
				continue
			}
			seen = true
			got := effectiveServer(t, f.RemoteUnlock.Config)
			for keyword, want := range map[string]string{"passwordauthentication": "no", "port": fmt.Sprint(f.RemoteUnlock.Port), "usepam": "no"} {
				if got[keyword] != want {
					t.Errorf("%s/%s: %s is %q, want %q", e.name, name, keyword, got[keyword], want)
				}
			}
		}
	}
	if !seen {
		t.Error("no host is unlocked over SSH")
	}
}

// sftpHost is a host with a group of a name that every Debian has, so that
// sshd can tell who is in it.
const sftpHost = `version: 1
fleet: t
nixos: "25.11"
users:
  nobody:
    keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX
hosts:
  h:
    system: x86_64-linux
    level: server
    ssh: { sftp_only: { nogroup: { directory: /srv/sftp, members: nobody } } }
`

// TestFilesOnly asks sshd what a member of a files-only group gets, and what
// everybody else does.
func TestFilesOnly(t *testing.T) {
	hosts := parseFacts(t, evaluate(t, filesOf(t, sftpHost)))
	config := serverConfig(t, hosts["h"].SSHD.Config)
	for user, want := range map[string]map[string]string{
		"nobody": {"chrootdirectory": "/srv/sftp/%u", "forcecommand": "internal-sftp -d /files", "allowtcpforwarding": "no", "permittty": "no"},
		"root":   {"chrootdirectory": "none", "forcecommand": "none", "allowtcpforwarding": "no", "permittty": "yes"},
	} {
		out, err := run(t, tool(t, "sshd"), "-T", "-f", config, "-C", "user="+user+",host=h,addr=192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, keywords(out, want)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", user, diff)
		}
	}
}
