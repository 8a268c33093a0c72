package gen_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority makes keys and certificates with ssh-keygen.
type authority struct {
	t   *testing.T
	dir string
}

func (a authority) keygen(args ...string) {
	a.t.Helper()
	if out, err := exec.CommandContext(a.t.Context(), tool(a.t, "ssh-keygen"), args...).CombinedOutput(); err != nil {
		a.t.Fatalf("%v\n%s", err, out)
	}
}

// key makes a key and returns the file of its private half.
func (a authority) key(name string) string {
	a.t.Helper()
	file := filepath.Join(a.dir, name)
	a.keygen("-q", "-t", "ed25519", "-N", "", "-f", file)
	return file
}

func (a authority) public(name string) string {
	return readText(a.t, a.dir, name+".pub")
}

// sign has one key sign another, for principals.
func (a authority) sign(by, name string, args ...string) {
	a.t.Helper()
	a.keygen(append(append([]string{"-q", "-s", filepath.Join(a.dir, by), "-I", name}, args...), filepath.Join(a.dir, name+".pub"))...)
}

// TestCertificates logs in to a real sshd that reads what a host's sshd reads
// of certificates, with an authority made for the occasion. The client knows
// the host by its certificate only.
func TestCertificates(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	f := readFacts(t, "high-security", "vault-host")
	a := authority{t, t.TempDir()}
	for _, name := range []string{"user-ca", "host-ca", "other-ca", "host", "keeper", "stranger", "foreign", "bare"} {
		a.key(name)
	}
	files := f.SSHCertificates.Files
	named := strings.Fields(files["ssh/principals/keeper"].Text)
	if len(named) != 2 {
		t.Fatalf("the principals of keeper are %q", named)
	}
	a.sign("host-ca", "host", "-h", "-n", "vault-host")
	a.sign("user-ca", "keeper", "-n", named[1])
	a.sign("user-ca", "stranger", "-n", "deploy")
	a.sign("other-ca", "foreign", "-n", named[1])

	port := startServer(t, a, f.SSHD.Config, map[string]string{
		"trusted-user-cas.pub":      strings.Replace(files["ssh/trusted-user-cas.pub"].Text, authorityLine(t, files["ssh/trusted-user-cas.pub"].Text), a.public("user-ca"), 1),
		"principals/" + me.Username: files["ssh/principals/keeper"].Text,
	})
	known := write(t, "known_hosts", "@cert-authority vault-host "+a.public("host-ca"))
	for who, want := range map[string]bool{"keeper": true, "stranger": false, "foreign": false, "bare": false} {
		out, err := exec.CommandContext(t.Context(), tool(t, "ssh"), "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
			"-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile="+known, "-o", "GlobalKnownHostsFile=none",
			"-o", "HostKeyAlias=vault-host", "-p", fmt.Sprint(port), "-i", filepath.Join(a.dir, who), me.Username+"@127.0.0.1", "true").CombinedOutput()
		if (err == nil) != want || !want && !strings.Contains(string(out), "Permission denied (publickey)") {
			t.Errorf("%s: %v\n%s", who, err, out)
		}
	}
}

// authorityLine returns the one key in the file of authorities.
func authorityLine(t *testing.T, text string) string {
	t.Helper()
	if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "ssh-ed25519 ") {
		t.Fatalf("the authorities are %q", text)
	}
	return text
}

// startServer runs sshd for whoever runs the test. Of the configuration it
// leaves out what needs the host's own accounts, and it reads below a folder
// what the host reads below /etc/ssh.
func startServer(t *testing.T, a authority, config string, files map[string]string) int {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(a.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	// Three may be refused before the one who may come: a penalty would meet that one.
	lines := []string{fmt.Sprintf("Port %d", port), "ListenAddress 127.0.0.1", "PidFile none", "PermitRootLogin yes", "StrictModes no", "PerSourcePenalties no"}
	config, _, _ = strings.Cut(config, "Match Group") // of accounts that are not here
	for line := range strings.Lines(config) {
		keyword, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch keyword {
		case "HostKey":
			line = "HostKey " + filepath.Join(a.dir, "host")
		case "HostCertificate":
			line = "HostCertificate " + filepath.Join(a.dir, "host-cert.pub")
		case "AllowGroups", "UsePAM", "Port", "PermitRootLogin", "StrictModes", "AddressFamily", "ListenAddress", "Subsystem", "PerSourcePenalties":
			continue
		}
		lines = append(lines, strings.ReplaceAll(strings.TrimSpace(line), "/etc/ssh/", a.dir+"/"))
	}
	ctx, stop := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, tool(t, "sshd"), "-D", "-e", "-f", write(t, "sshd_config", strings.Join(lines, "\n")+"\n"))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("sshd said\n%s", said.String())
		}
	})
	for range 100 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return port
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("sshd does not listen")
	return 0
}
