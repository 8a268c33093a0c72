package deploy

// The laboratory: every target is a machine as near to a real one as goes
// without NixOS. It has namespaces of its own (network, mounts, processes, host
// name), a root folder with a store, profiles, /etc and a /run that a reboot
// forgets; Debian's sshd and nft, run for real, over a real network between
// namespaces; and doubles, named as what they stand for, for systemd,
// systemd-run, systemctl, switch-to-configuration, nix-env, sudo, ip,
// nix-copy-closure and nixos-rebuild. This test program is all of them. A few
// are virtual machines instead, in which systemd and sudo are Debian's too.

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// debian is the folder of Debian's programs that .ci/tools makes, beside that
// of the programs it adds to PATH; "" if there is none.
var debian = func() string {
	if d := os.Getenv("PANTHERCTL_DEBIAN"); d != "" {
		return d
	}
	sshd, _ := exec.LookPath("sshd")
	sshd, _ = filepath.EvalSymlinks(sshd)
	d := filepath.Join(filepath.Dir(sshd), "..", "debian13")
	if info, err := os.Stat(d + "/usr/sbin/sshd"); err != nil || info.IsDir() {
		return ""
	}
	return d
}()

const (
	insideEnv = "PANTHERCTL_DEPLOY_LAB"
)

func TestMain(m *testing.M) {
	if double, ok := doubles[filepath.Base(os.Args[0])]; ok {
		os.Exit(double(os.Args[1:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "target-init" {
		os.Exit(initMain(os.Args[2]))
	}
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		flag.Set("test.parallel", "8") // most of the time is waited
	}
	if os.Getenv(insideEnv) != "" || os.Geteuid() != 0 || debian == "" {
		os.Exit(m.Run())
	}
	// Once more, in namespaces that vanish with everything in them.
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// lab skips a test where there is nothing to run it with, which CI has if it is
// root.
func lab(t *testing.T) {
	t.Helper()
	switch {
	case os.Getenv(insideEnv) != "":
	case os.Getenv("CI") != "" && os.Geteuid() == 0:
		t.Fatal("the programs of .ci/tools are not first in PATH")
	default:
		t.Skip("needs root, and the programs of .ci/tools first in PATH")
	}
}

// must runs a program of the laboratory itself.
func must(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t testing.TB, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	os.Chmod(name, mode)
}

// machine is one target.
type machine struct {
	hardware
	t       testing.TB
	name    string
	dir     string // its disk
	address string
	number  int
	key     string // the deployer's private key
	host    string // the machine's public host key
}

// hardware is what a machine runs on.
type hardware interface {
	start(*machine)                        // powers it on, and waits until sshd answers
	kill()                                 // cuts the power
	console(script string) (string, error) // runs a command in it, as root
	bring(m *machine, name string)         // puts what is in m.dir onto its disk
	doubles() []string                     // programs of a system that are not real
}

var machines atomic.Int32

// newMachine makes a machine that runs and boots the system named "old".
func newMachine(t testing.TB, name string) *machine { return newMachineOn(t, name, &namespaces{}) }

func newMachineOn(t testing.TB, name string, on hardware) *machine {
	t.Helper()
	m := &machine{hardware: on, t: t, name: name, dir: t.TempDir()}
	m.connect()
	os.Chmod(m.dir, 0o755)
	for _, d := range []string{
		"etc/ssh", "nix/store", "nix/var/nix/profiles", "nix/var/nix/gcroots/auto", "home/deploy", "root",
		"boot", "usr", "proc", "sys", "dev", "run", "tmp", "var/empty", "var/lib",
	} {
		if err := os.MkdirAll(filepath.Join(m.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []string{"bin", "sbin", "lib", "lib64"} {
		os.Symlink("usr/"+l, filepath.Join(m.dir, l))
	}
	m.key = filepath.Join(t.TempDir(), "key")
	must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", m.key)
	hostKey := filepath.Join(m.dir, "etc/ssh/ssh_host_ed25519_key")
	must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey)
	public, _ := os.ReadFile(hostKey + ".pub")
	m.host = strings.TrimSpace(string(public))
	write(t, filepath.Join(m.dir, "etc/machine-id"), fmt.Sprintf("%032x\n", m.number), 0o444)
	write(t, filepath.Join(m.dir, "etc/nsswitch.conf"), "passwd: files\ngroup: files\n", 0o644)
	os.Chown(filepath.Join(m.dir, "home/deploy"), 1000, 1000)
	self, _ := os.Executable()
	m.copy(self, "doubles", 0o755)
	m.copy(self, "sudo", 0o4755)
	m.setDefault(m.system("old"))
	t.Cleanup(m.kill)
	m.start(m)
	return m
}

// connect gives the machine a network of its own.
func (m *machine) connect() {
	m.number = int(machines.Add(1))
	m.address = fmt.Sprintf("100.64.%d.2", m.number)
}

// link is the deployer's end of the machine's cable.
func (m *machine) link() string { return fmt.Sprintf("m%d", m.number) }

// copy puts a program onto the machine's disk.
func (m *machine) copy(from, to string, mode os.FileMode) {
	to = filepath.Join(m.dir, "var/lib", to)
	if err := os.Link(from, to); err != nil || mode&0o4000 != 0 {
		os.Remove(to)
		must(m.t, "cp", from, to)
	}
	must(m.t, "chmod", fmt.Sprintf("%o", mode), to)
}

// store returns the store path of a system by its name in a test.
func (m *machine) store(name string) string {
	hash := fmt.Sprintf("%032d", len(name)*7)
	return "/nix/store/" + hash + "-nixos-system-" + m.name + "-" + name
}

// change is how a system differs from a good one: files by path below it.
type change map[string]string

// system puts a system into the machine's store, and returns its path.
func (m *machine) system(name string, changes ...change) string {
	top := m.store(name)
	dir := filepath.Join(m.dir, top)
	public, _ := os.ReadFile(m.key + ".pub")
	files := change{
		"nixos-version":             "25.11\n",
		"etc/ssh/sshd_config":       sshdConfig,
		"etc/ruleset.nft":           ruleset(22),
		"etc/passwd":                passwd,
		"etc/group":                 "root:x:0:\nwheel:x:10:deploy\nssh-users:x:1001:deploy\ndeploy:x:1000:\nnogroup:x:65534:\nmessagebus:x:997:\n",
		"etc/sudoers":               "deploy ALL=(ALL:ALL) NOPASSWD: ALL\n",
		"etc/ssh/authorized/deploy": string(public),
		"behaviour":                 "",
	}
	for _, c := range changes {
		for k, v := range c {
			files[k] = v
		}
	}
	for k, v := range files {
		write(m.t, filepath.Join(dir, k), v, 0o644)
	}
	for _, tool := range append(m.doubles(), "nix-env", "nixos-rebuild") {
		m.tool(dir, "sw/bin/"+tool)
	}
	m.tool(dir, "bin/switch-to-configuration")
	m.bring(m, top)
	return top
}

// write puts a file onto the machine's disk.
func (m *machine) write(name, text string) {
	write(m.t, filepath.Join(m.dir, name), text, 0o644)
	m.bring(m, name)
}

func (m *machine) tool(dir, name string) {
	name = filepath.Join(dir, name)
	os.MkdirAll(filepath.Dir(name), 0o755)
	os.Remove(name)
	if err := os.Symlink("/var/lib/doubles", name); err != nil {
		m.t.Fatal(err)
	}
}

const passwd = `root:x:0:0::/root:/bin/sh
deploy:x:1000:1000::/home/deploy:/bin/sh
sshd:x:998:65534::/var/empty:/bin/false
messagebus:x:997:65534::/var/empty:/bin/false
`

const sshdConfig = `Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
AllowGroups ssh-users
AuthorizedKeysFile /etc/ssh/authorized/%u
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
LogLevel VERBOSE
SetEnv PATH=/run/wrappers/bin:/run/current-system/sw/bin:/usr/bin
`

// ruleset lets one port in.
func ruleset(port int) string {
	return fmt.Sprintf(`table inet nixos-fw {
chain input {
  type filter hook input priority filter; policy drop;
  iifname "lo" accept
  ct state established,related accept
  iifname "tailscale0" tcp dport %d accept
}
}
`, port)
}

// setDefault makes a system the one that boots.
func (m *machine) setDefault(top string) {
	profiles := filepath.Join(m.dir, "nix/var/nix/profiles")
	os.Remove(filepath.Join(profiles, "system"))
	os.Remove(filepath.Join(profiles, "system-1-link"))
	if err := os.Symlink(top, filepath.Join(profiles, "system-1-link")); err != nil {
		m.t.Fatal(err)
	}
	os.Symlink("system-1-link", filepath.Join(profiles, "system"))
	write(m.t, filepath.Join(m.dir, "boot/default"), top, 0o644)
}

// cut pulls the network cable, or puts it back.
func (m *machine) cut(out bool) {
	state := "up"
	if out {
		state = "down"
	}
	must(m.t, "ip", "link", "set", m.link(), state)
}

// reboot cuts the power and switches it on again.
func (m *machine) reboot() {
	m.kill()
	m.start(m)
}

// in runs a command in the machine, as root at its console.
func (m *machine) in(script string) string {
	m.t.Helper()
	out, err := m.console("PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin; " + script)
	if err != nil {
		m.t.Fatalf("%s: %v: %s", script, err, out)
	}
	return strings.TrimSpace(out)
}

func (m *machine) current() string { return m.in("readlink -f /run/current-system") }
func (m *machine) boots() string   { return m.in("cat /boot/default") }

// namespaces are what stands for hardware where nothing has to be simulated.
type namespaces struct{ init *exec.Cmd }

func (*namespaces) bring(*machine, string) {} // the folder is the disk
func (*namespaces) doubles() []string      { return []string{"systemd-run", "systemctl", "ip"} }

// start powers the machine on, and waits until sshd answers.
func (n *namespaces) start(m *machine) {
	m.t.Helper()
	n.init = exec.Command("/proc/self/exe", "target-init", m.dir)
	n.init.Env = []string{"PATH=/usr/sbin:/usr/bin", "PANTHERCTL_DEBIAN=" + debian}
	var console bytes.Buffer
	n.init.Stdout, n.init.Stderr = &console, &console
	n.init.WaitDelay = time.Second
	n.init.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL, Setpgid: true,
	}
	ready, signal, err := os.Pipe()
	if err != nil {
		m.t.Fatal(err)
	}
	n.init.ExtraFiles = []*os.File{signal}
	write(m.t, filepath.Join(m.dir, "etc/hostname"), m.name, 0o644)
	if err := n.init.Start(); err != nil {
		m.t.Fatal(err)
	}
	signal.Close()
	n.wire(m)
	buffer := make([]byte, 1)
	if got, _ := ready.Read(buffer); got != 1 {
		n.init.Wait()
		m.t.Fatalf("%s does not start: %s", m.name, console.String())
	}
	ready.Close()
}

// wire plugs the machine into the network: its end is tailscale0.
func (n *namespaces) wire(m *machine) {
	pid, link := fmt.Sprint(n.init.Process.Pid), m.link()
	exec.Command("ip", "link", "del", link).Run()
	must(m.t, "ip", "link", "add", link, "type", "veth", "peer", "name", "tailscale0", "netns", pid)
	must(m.t, "ip", "addr", "add", fmt.Sprintf("100.64.%d.1/30", m.number), "dev", link)
	must(m.t, "ip", "link", "set", link, "up")
	must(m.t, "nsenter", "-t", pid, "-n", "sh", "-c",
		"ip link set lo up && ip addr add "+m.address+"/30 dev tailscale0 && ip link set tailscale0 up")
}

// kill cuts the power.
func (n *namespaces) kill() {
	if n.init != nil {
		n.init.Process.Kill()
		n.init.Wait()
		n.init = nil
	}
}

func (n *namespaces) console(script string) (string, error) {
	out, err := exec.Command("nsenter", "-t", fmt.Sprint(n.init.Process.Pid), "-a", "-r", "-w", "sh", "-c", script).CombinedOutput()
	return string(out), err
}
