package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// labHost is one host of a lab.
type labHost struct {
	lab     *hostLab
	name    string
	root    string // its file system
	facts   *facts.Host
	key     string // its public key
	started *exec.Cmd
	address string // where it is reached

	accepted atomic.Int64 // connections there

	peer, source string // the process and the address that everybody comes from, "" for the host itself
}

// file writes a file of the host. What begins with / is below its root.
func (h *labHost) file(name, text string) {
	h.lab.Helper()
	h.lab.file(filepath.Join("hosts", h.name, name), text)
}

// add appends to a file of the host.
func (h *labHost) add(name, text string) {
	h.lab.Helper()
	old, err := os.ReadFile(filepath.Join(h.root, name))
	h.lab.must(err)
	h.file(name, string(old)+text)
}

func (h *labHost) link(name, to string) {
	h.lab.Helper()
	path := filepath.Join(h.root, name)
	h.lab.must(os.MkdirAll(filepath.Dir(path), 0o755))
	os.Remove(path) // if it is there
	h.lab.must(os.Symlink(to, path))
}

// system makes a system in the store of the host.
func (h *labHost) system(name string) string {
	path := "/nix/store/00000000000000000000000000000000-" + name
	for _, part := range []string{"kernel", "initrd", "kernel-modules"} {
		h.file(path+"/../"+part+"-6.12/file", "")
		h.link(path+"/"+part, "../"+part+"-6.12/file")
	}
	return path
}

// populate writes what a clean host has.
func (h *labHost) populate() {
	private, err := os.ReadFile(filepath.Join(h.lab.dir, "keys", h.name))
	h.lab.must(err)
	h.file("/etc/ssh/ssh_host_ed25519_key", string(private))
	h.lab.must(os.Chmod(filepath.Join(h.root, "etc/ssh/ssh_host_ed25519_key"), 0o600))
	h.file("/etc/ssh/ssh_host_ed25519_key.pub", h.key)
	h.file("/etc/ssh/sshd_config", h.facts.SSHD.Config)
	h.file("/etc/nsswitch.conf", "passwd: files\ngroup: files\n")
	h.file("/etc/pam.d/sshd", "auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_permit.so\n")
	h.file("/etc/sudoers", h.facts.Sudo.Config)
	h.people()
	h.kernel()
	system := h.system("nixos-system-1")
	for _, name := range []string{"/nix/var/nix/profiles/system", "/run/current-system", "/run/booted-system"} {
		h.link(name, system)
	}
	for _, s := range h.facts.Age.Secrets {
		h.file(s.Path, "")
	}
	for _, path := range h.facts.Onepassword.Paths {
		h.file(path, "")
	}
	h.file("/var/lib/systemd/timers/stamp-restic-backups-daily.timer", "")
	h.file("/run/units/sshd", "0\n")
	h.file("/run/units/failed", "")
	h.file("/run/units/show", "Id=restic-backups-daily.service\nResult=success\nExecMainStatus=0\nExecMainExitTimestamp=\n")
	h.file("/run/tailscale.json", fmt.Sprintf(`{"BackendState":"Running","Self":{"TailscaleIPs":[%q],"ExitNodeOption":true,"Online":true}}`, h.tailnet()))
	for _, dir := range []string{"usr", "outside", "realproc", "dev", "run/sshd", "var/empty", "home/deploy", "tmp", "root"} {
		h.lab.must(os.MkdirAll(filepath.Join(h.root, dir), 0o755))
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		h.link(dir, "usr/"+dir)
	}
}

// tailnet is the host's address in the tailnet, as its document says.
func (h *labHost) tailnet() string {
	document, err := os.ReadFile(filepath.Join(h.lab.dir, "security.yaml"))
	h.lab.must(err)
	_, entry, _ := strings.Cut(string(document), "\n  "+h.name+":\n")
	return regexp.MustCompile(`addresses: (\S+)`).FindStringSubmatch(entry)[1]
}

func (h *labHost) people() {
	var passwd, group strings.Builder
	gids := map[string]int{}
	for i, name := range slices.Sorted(maps.Keys(h.facts.Users.Groups)) {
		gids[name] = 5000 + i
		var in []string
		for _, a := range h.facts.Users.Accounts {
			if slices.Contains(a.ExtraGroups, name) {
				in = append(in, a.Name)
			}
		}
		slices.Sort(in)
		fmt.Fprintf(&group, "%s:x:%d:%s\n", name, gids[name], strings.Join(in, ","))
	}
	for i, name := range slices.Sorted(maps.Keys(h.facts.Users.Accounts)) {
		a, uid, shell, home := h.facts.Users.Accounts[name], 6000+i, "/usr/sbin/nologin", "/var/empty"
		if name == "root" {
			uid, home, shell = 0, "/root", "/bin/sh"
		}
		if a.IsNormalUser {
			shell, home = "/bin/sh", "/home/"+name
		}
		fmt.Fprintf(&passwd, "%s:x:%d:%d::%s:%s\n", name, uid, gids[a.Group], home, shell)
		if len(a.Keys) > 0 {
			h.file("/etc/ssh/authorized_keys.d/"+name, strings.Join(a.Keys, "\n")+"\n")
		}
	}
	h.file("/etc/passwd", passwd.String())
	h.file("/etc/group", group.String())
	h.file("/etc/shadow", regexp.MustCompile(`(?m):.*$`).ReplaceAllString(passwd.String(), ":$$y$$hash:::::::"))
}

func (h *labHost) kernel() {
	for key, value := range h.facts.Kernel.Sysctl {
		text := strings.NewReplacer("true", "1", "false", "0", "…", strings.Repeat("0", 32)).Replace(fmt.Sprint(value))
		if key == "kernel.printk" {
			text += "\t4\t1\t7"
		}
		path := strings.ReplaceAll(key, ".", "/")
		for _, name := range []string{"all", "default", "eth0"} {
			h.file("/proc/sys/"+strings.Replace(path, "*", name, 1), text+"\n")
		}
	}
	h.file("/proc/sys/kernel/hostname", h.name+"\n")
	h.file("/proc/sys/kernel/osrelease", "6.12.0\n")
	h.file("/proc/cmdline", "init=/nix/store/x/init "+strings.Join(h.facts.Kernel.KernelParams, " ")+"\n")
	h.file("/proc/modules", "nf_tables 1 0 - Live 0x0\next4 1 0 - Live 0x0\n")
	for name, to := range map[string]string{"self": "/realproc/self", "net": "/realproc/self/net", "mounts": "/realproc/self/mounts"} {
		h.link("/proc/"+name, to)
	}
}

// boot is what begins in namespaces of its own, and ends as the host's sshd.
const boot = `set -eu
mount --make-rprivate /
cd "$ROOT"
mount --bind / outside
mount -t proc proc outside/proc
mount --bind "$DEBIAN/usr" usr
mount --bind "$TOOLS" usr/local/bin
mount -t proc proc realproc
mount -t tmpfs tmpfs dev
for device in null zero urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ip link set lo up
chroot . nft -f - <"$RULESET"
eval "$MORE"
exec chroot . /usr/sbin/sshd -D -e`

// start starts the host, after more commands in its namespaces, and waits for
// it.
func (h *labHost) start(more string) *labHost {
	h.lab.Helper()
	debian := "/"
	if wrapper, err := exec.LookPath("sshd"); err == nil {
		if text, err := os.ReadFile(wrapper); err == nil && len(text) < 10_000 {
			if m := regexp.MustCompile(`(?m)^root=(\S+)`).FindSubmatch(text); m != nil {
				debian = string(m[1])
			}
		}
	}
	log, err := os.Create(filepath.Join(h.lab.dir, h.name+".log"))
	h.lab.must(err)
	h.started = exec.Command("unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", boot)
	h.started.Env = append(os.Environ(), "ROOT="+h.root, "DEBIAN="+debian, "TOOLS="+h.lab.tools, "MORE="+more,
		"RULESET="+h.lab.file(h.name+".nft", h.facts.Nftables.Ruleset))
	h.started.Stdout, h.started.Stderr = log, log
	h.started.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	h.lab.must(h.started.Start())
	h.lab.Cleanup(func() {
		syscall.Kill(-h.started.Process.Pid, syscall.SIGKILL)
		h.started.Wait()
		log.Close()
	})
	for range 500 {
		if conn, err := h.dial(); err == nil {
			conn.Close()
			h.listen(h.serve)
			return h
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	h.lab.Fatalf("%s does not start:\n%s", h.name, text)
	return nil
}

// pid is that of the host's first process, as others see it.
func (h *labHost) pid() string {
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", h.started.Process.Pid))
	return strings.TrimSpace(string(children))
}

// dial connects to sshd within the host's network, or from a peer in another.
func (h *labHost) dial() (net.Conn, error) {
	if h.peer == "" {
		return dialWithin(h.pid(), "", "127.0.0.1")
	}
	return dialWithin(h.peer, h.source, h.tailnet())
}

// dialWithin connects to port 22 from the network of a process.
func dialWithin(pid, source, to string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this
		var ns *os.File
		if ns, err = os.Open("/proc/" + pid + "/ns/net"); err != nil {
			return
		}
		defer ns.Close()
		if err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return
		}
		var fd int
		if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return
		}
		file := os.NewFile(uintptr(fd), "ssh")
		defer file.Close()
		if source != "" {
			err = unix.Bind(fd, &unix.SockaddrInet4{Addr: netip.MustParseAddr(source).As4()})
		}
		if timeout := (unix.Timeval{Sec: 2}); err == nil {
			err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &timeout)
		}
		if err == nil {
			err = unix.Connect(fd, &unix.SockaddrInet4{Port: 22, Addr: netip.MustParseAddr(to).As4()})
		}
		if err == nil {
			conn, err = net.FileConn(file)
		}
	}()
	<-done
	return conn, err
}

// join gives the host an interface of the tailnet, and has everybody come by it
// from one address.
func (h *labHost) join(source string) {
	h.lab.Helper()
	other := exec.Command("unshare", "--net", "sh", "-c", "echo; exec sleep infinity")
	there, err := other.StdoutPipe()
	h.lab.must(err)
	h.lab.must(other.Start())
	h.lab.Cleanup(func() {
		other.Process.Kill()
		other.Wait()
	})
	_, err = there.Read(make([]byte, 1)) // it speaks once it is in its namespace
	h.lab.must(err)
	pid := fmt.Sprint(other.Process.Pid)
	h.lab.within(h.pid(), "ip link add tailscale0 type veth peer name tailscale0 netns "+pid)
	h.lab.within(h.pid(), "ip address add "+h.tailnet()+"/10 dev tailscale0; ip link set tailscale0 up")
	h.lab.within(pid, "ip address add "+source+"/10 dev tailscale0; ip link set tailscale0 up")
	h.peer, h.source = pid, source
}

// listen makes the host reachable at a port of the loopback interface.
func (h *labHost) listen(serve func(net.Conn)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.lab.must(err)
	h.lab.Cleanup(func() { l.Close() })
	h.address = l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.accepted.Add(1)
			go serve(conn)
		}
	}()
}

// serve passes a connection on to the host's sshd.
func (h *labHost) serve(conn net.Conn) {
	defer conn.Close()
	inside, err := h.dial()
	if err != nil {
		return
	}
	defer inside.Close()
	go func() {
		io.Copy(inside, conn)
		inside.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(conn, inside)
}
