package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// connection is how commands reach running hosts.
type connection struct {
	runner    run.Runner
	local     bool
	user      string
	addresses map[string]string // by host: ADDRESS or ADDRESS:PORT
	sshConfig string
	patience  time.Duration // with one host

	ssh run.SSH
}

func (c *connection) flag(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.user, "user", "", "log in as this user (default the document's deploy user)")
	f.StringToStringVar(&c.addresses, "address", nil, "where to reach a host, HOST=ADDRESS or HOST=ADDRESS:PORT (default its address in the document)")
	f.StringVar(&c.sshConfig, "ssh-config", "", "a file for ssh instead of the user's own")
	f.DurationVar(&c.patience, "patience", time.Minute, "how long one host may take")
	must(cmd.MarkFlagFilename("ssh-config"))
}

// open writes the host keys of the document where ssh finds them, and returns
// what removes them again.
func (c *connection) open(fleet *policy.Fleet) (func(), error) {
	if c.local {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "pantherctl-")
	if err != nil {
		return nil, err
	}
	remove := func() { os.RemoveAll(dir) } // a folder of public keys
	var b strings.Builder
	for _, h := range fleet.Hosts {
		for _, k := range h.HostKeys {
			fmt.Fprintf(&b, "%s %s %s\n", h.Name, k.Type, k.Blob)
		}
		for _, k := range h.SSH.Certificates.HostCAs.Values() {
			fmt.Fprintf(&b, "@cert-authority %s %s %s\n", h.Name, k.Type, k.Blob)
		}
	}
	c.ssh = run.SSH{Runner: c.runner, Config: c.sshConfig, KnownHosts: filepath.Join(dir, "known_hosts")}
	if err := os.WriteFile(c.ssh.KnownHosts, []byte(b.String()), 0o600); err != nil {
		remove()
		return nil, err
	}
	return remove, nil
}

// root runs a script as root on a host, by one connection, and returns what it
// prints.
func (c *connection) root(ctx context.Context, h *policy.Host, script []byte, maxStdout int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	if c.local {
		name, args := "sh", []string{"-s"}
		if os.Getuid() != 0 {
			name, args = "sudo", []string{"-n", "sh", "-s"}
		}
		return c.runner.Run(ctx, run.Command{Name: name, Args: args, Stdin: script, MaxStdout: maxStdout})
	}
	t, err := c.target(h)
	if err != nil {
		return nil, err
	}
	command := `sudo -n sh -s "$SSH_CONNECTION"` // of which sudo keeps nothing
	if t.User == "root" {
		command = `sh -s "$SSH_CONNECTION"`
	}
	return c.ssh.Run(ctx, t, command, script, maxStdout)
}

// target says where a host is and who logs in: what the command line says, or
// else the document.
func (c *connection) target(h *policy.Host) (run.Target, error) {
	t := run.Target{Name: h.Name, User: c.user, Known: len(h.HostKeys)+len(h.SSH.Certificates.HostCAs.Items) > 0}
	if ports := h.SSHPorts(); len(ports) > 0 {
		t.Port = ports[0]
	}
	if t.User == "" {
		for _, a := range h.Accounts {
			if a.Deploy.V {
				t.User = a.Name
			}
		}
	}
	if given := c.addresses[h.Name]; given != "" {
		t.Address = given
		if at, err := netip.ParseAddrPort(given); err == nil {
			t.Address, t.Port = at.Addr().String(), int(at.Port())
		} else if host, port, ok := strings.Cut(given, ":"); ok && !strings.Contains(port, ":") {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil {
				return t, hint(fmt.Errorf("--address %s=%s has no port", h.Name, given), "write HOST=ADDRESS:PORT")
			}
			t.Address, t.Port = host, int(n)
		}
		return t, nil
	}
	for _, list := range []schema.List[schema.Addr]{h.Addresses.Tailnet, h.Addresses.LAN, h.Addresses.WAN} {
		if len(list.Items) > 0 {
			t.Address = list.Items[0].V.String()
			break
		}
	}
	return t, nil
}

// known checks the hosts that --address names.
func (c *connection) known(fleet *policy.Fleet) error {
	for name := range c.addresses {
		if _, ok := fleet.Host(name); !ok {
			return noHost(fleet, name)
		}
	}
	return nil
}

// explain tells what a failed connection means and what to do about it. The
// fingerprints are those of the document.
func (c *connection) explain(h *policy.Host, err error) (why, way string) {
	var failed *run.SSHError
	var exit *run.ExitError
	switch {
	case errors.As(err, &failed):
		switch failed.Kind {
		case run.WrongKey, run.UnknownKey:
			return run.KeyMessage(failed.Fingerprint, h.Fingerprints()), "compare the fingerprint at the host's console: ssh-keygen -lf " + h.HostKeyPath() + ".pub"
		case run.Refused:
			return "it does not let us in: " + failed.Message, "name the user whose key you hold: --user NAME"
		case run.NoSSH:
			return failed.Message, "install OpenSSH"
		}
		return failed.Message, "name the address where it is: --address " + h.Name + "=ADDRESS"
	case errors.As(err, &exit) && strings.Contains(exit.Stderr, "password is required"):
		return "sudo asks for a password there", "log in as the document's deploy user, who needs none: --user NAME"
	case errors.As(err, &exit):
		return exit.Error(), "log in as a user who may use sudo without a password: --user NAME"
	case errors.Is(err, run.ErrTooMuch):
		return "it answers more than it was asked", "find out what prints so much where a user logs in"
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("it did not finish within %s", c.patience), "give it more: --patience 5m"
	}
	return err.Error(), wayOut(err)
}

// nonce is 16 letters and digits that nobody foresees.
func nonce() string { return rand.Text()[:16] }
