package live

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// soon is how long before its end a certificate is told of: ACME renews thirty
// days before.
const soon = 14 * 24 * time.Hour

// certificates finds those that have expired, Q8, and those that will, Q9.
func certificates(c *comparison) {
	text, _ := c.answer.of("certificates")
	for file := range strings.SplitSeq("\n"+text, "\nfile ") {
		path, content, _ := strings.Cut(file, "\n")
		end, ok := expiry(content)
		if !ok {
			continue
		}
		switch left := end.Sub(c.now()); {
		case left <= 0:
			c.report("Q8", "", fmt.Sprintf("the certificate %s expired on %s", brief(path), end.UTC().Format(time.DateOnly)), "renew it; for ACME read the journal of acme-*.service")
		case left < soon:
			c.report("Q9", "", fmt.Sprintf("the certificate %s expires on %s, in %s", brief(path), end.UTC().Format(time.DateOnly), days(left)), "renew it; for ACME read the journal of acme-*.service")
		}
	}
}

// expiry is when a certificate of X.509 or of SSH ends; some of SSH never do.
func expiry(content string) (time.Time, bool) {
	if block, _ := pem.Decode([]byte(content)); block != nil {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, false
		}
		return cert.NotAfter, true
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(content))
	if err != nil {
		return time.Time{}, false
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok || cert.ValidBefore >= 1<<62 {
		return time.Time{}, false
	}
	return time.Unix(int64(cert.ValidBefore), 0), true
}

// nodeKeySoon is how long before its end the key of a node is told of.
const nodeKeySoon = 30 * 24 * time.Hour

// tailnet compares what tailscaled says: Q7, T3 and T9.
func tailnet(c *comparison) {
	if !mayJudge(c.Host.Tailscale.Mode) || !c.Facts.Tailscale.Enable {
		return
	}
	s, ok := c.answer.Sections["tailscale"]
	if !ok {
		return
	}
	var status struct {
		BackendState string
		Self         *struct {
			TailscaleIPs   []string
			KeyExpiry      *time.Time
			ExitNodeOption bool
			Online         bool
		}
	}
	text := s.Text
	if i := strings.IndexByte(text, '{'); i > 0 {
		text = text[i:]
	}
	if err := json.Unmarshal([]byte(text), &status); err != nil || status.Self == nil {
		c.report("Q7", "tailscale.enable", "tailscaled does not answer: "+brief(lastLine(s.Text)), "systemctl status tailscaled")
		return
	}
	if status.BackendState != "Running" {
		c.report("Q7", "tailscale.enable", "tailscaled is not connected: it says "+brief(status.BackendState), "tailscale up, on the host's console")
		return
	}
	for _, a := range c.Host.Addresses.Tailnet.Values() {
		if !slices.Contains(status.Self.TailscaleIPs, a.Addr.String()) {
			c.report("Q7", "addresses.tailnet", fmt.Sprintf("the host has not the address %s in the tailnet but %s: access rules name another host", a.Addr, brief(strings.Join(status.Self.TailscaleIPs, " and "))),
				"write the address the host has, or give it back in the tailnet's console")
		}
	}
	if c.Host.Tailscale.ExitNode.V && !status.Self.ExitNodeOption {
		c.report("T3", "tailscale.exit_node", "the host offers itself as an exit node, and the tailnet has not approved it", "approve it in the console, or name it in the policy's autoApprovers")
	}
	if end := status.Self.KeyExpiry; end != nil && !end.IsZero() {
		if left := end.Sub(c.now()); left < nodeKeySoon {
			c.report("T9", "tailscale.enable", fmt.Sprintf("the node key ends on %s, and with it every connection", end.UTC().Format(time.DateOnly)),
				"tag the host, turn key expiry off for it, or log in again")
		}
	}
}
