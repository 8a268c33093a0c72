package gen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func incidentTraps() []trap {
	return []trap{
		{"certificates are judged by files that sshd reads, and clients know who signs them", func(_ *testing.T, b built) (string, bool) {
			c, f := b.SSH.Certificates, b.facts.SSHCertificates
			if len(c.UserCAs.Items)+len(c.HostCAs.Items) == 0 {
				return onlyIf(len(f.Files)+len(f.Authorities) == 0 || b.Name != "vault-host", "an authority that nobody named"), false
			}
			for _, m := range b.Members {
				file := f.Files["ssh/principals/"+m]
				if file.Mode != "0444" || file.Text != strings.Join(b.Principals(m), "\n")+"\n" {
					return fmt.Sprintf("the principals of %s: %+v", m, file), true
				}
			}
			s := b.facts.SSHD.Settings
			switch {
			case s["TrustedUserCAKeys"] != "/etc/ssh/trusted-user-cas.pub" || s["AuthorizedPrincipalsFile"] != "/etc/ssh/principals/%u":
				return "sshd reads other files", true
			case s["HostCertificate"] != string(c.HostCertificate.V) || !strings.Contains(fmt.Sprint(s["HostKeyAlgorithms"]), "ssh-ed25519,"):
				return "the certificate is not offered, or the plain key is not", true
			case f.Files["ssh/trusted-user-cas.pub"].Text != c.UserCAs.Items[0].V.Type+" "+c.UserCAs.Items[0].V.Blob+"\n":
				return "another authority is trusted", true
			}
			return onlyIf(slices.Contains(f.Authorities["host-ca-1"].HostNames, b.Name), "clients do not know who signed the host's key"), true
		}},
		{"T25 an isolated host keeps its operators, also over a reboot", func(_ *testing.T, b built) (string, bool) {
			if !b.Incident.Enable.V {
				return onlyIf(b.facts.Lockdown.Ruleset == "", "can be isolated, and nobody said who the operators are"), false
			}
			start, l := b.facts.Units["pantherctl-lockdown"], b.facts.Lockdown
			var operators, ports []string
			for _, a := range b.Operators() {
				operators = append(operators, a.String())
			}
			for _, p := range b.SSHPorts() {
				ports = append(ports, fmt.Sprint(p))
			}
			e := start.Environment
			for name, want := range map[string]string{
				"OPERATORS": strings.Join(operators, "\n"), "PORTS": strings.Join(ports, "\n"), "ROTATE": strings.Join(b.Rotate(), "\n"),
				"QUEUE":         map[bool]string{true: "/var/lib/pantherctl-notify"}[b.Notify.Enable.V],
				"RELEASE_AFTER": map[bool]string{true: fmt.Sprint(b.Incident.ReleaseAfter.V.Seconds())}[b.Incident.ReleaseAfter.IsSet()],
			} {
				if e[name] != want {
					return fmt.Sprintf("%s is %q, want %q", name, e[name], want), true
				}
			}
			_, timer := b.facts.Timers["pantherctl-lockdown-expire"]
			switch {
			case len(operators) == 0 || !strings.Contains(l.Ruleset, operators[0]):
				return "nobody could end the isolation", true
			case strings.Contains(l.Ruleset, "established"):
				return "an intruder's session goes on", true
			case !strings.HasSuffix(start.Run, " isolate") || !strings.HasSuffix(b.facts.Units["pantherctl-lockdown-release"].Run, " release"):
				return "there is no way there, or no way back", true
			case timer != b.Incident.ReleaseAfter.IsSet():
				return "it does not end when it should", true
			case !slices.Contains(l.Boot.WantedBy, "sysinit.target") || !slices.Contains(l.Boot.Before, "network-pre.target") ||
				l.Boot.UnitConfig["ConditionPathExists"] != "/var/lib/pantherctl/isolated":
				return "a reboot ends it", true
			case b.Persistence.Enable.V && !b.persists("/var/lib/pantherctl"):
				return "a wiped root ends it", true
			case !slices.Contains(b.facts.Kernel.Modules, "nf_conntrack_netlink"):
				return "connection tracking could not be flushed once modules are locked", true
			}
			return onlyIf(b.facts.NFTables.Enable && !b.facts.NFTables.FlushRuleset, "a reload of the firewall ends it"), true
		}},
	}
}
