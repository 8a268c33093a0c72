package gen_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// network is where a host is isolated: the interface by which operators come,
// with one of them and a stranger behind it, and one to the rest of the world.
type network struct {
	Interface          string
	Host               []string // addresses, of IPv4 and then IPv6
	Operator, Stranger []string
	Bits               []int // of the networks above
	Ports              []int // of sshd
	Tailnet            bool
	Ruleset            string
}

var world = struct{ host, far []string }{[]string{"192.0.2.1", "2001:db8::1"}, []string{"192.0.2.2", "2001:db8::2"}}

// TestLockdown isolates hosts of the example fleets on the kernel at hand, in
// a network namespace.
func TestLockdown(t *testing.T) {
	for _, name := range []string{"nft", "ss", "ip", "conntrack", "flock", "ps", "bash"} {
		tool(t, name)
	}
	unshare := tool(t, "unshare")
	tailnet := network{
		Interface: "tailscale0", Tailnet: true, Bits: []int{10, 48},
		Host: []string{"100.101.9.9", "fd7a:115c:a1e0::99"}, Stranger: []string{"100.101.77.7", "fd7a:115c:a1e0::77"},
	}
	lan := network{
		Interface: "enp2s0", Bits: []int{24, 64},
		Host: []string{"192.168.7.1", "fd00:7::1"}, Stranger: []string{"192.168.7.66", "fd00:7::66"},
	}
	tests := []struct {
		fleet, host string
		network     network
		operator    []string
		ports       []int
	}{
		{"pantheros", "hetzner-vps", tailnet, []string{"100.101.1.1"}, []int{22}},
		{"high-security", "vault-host", lan, []string{"192.168.7.5", "fd00:7::5"}, []int{22, 2222}},
	}
	for _, test := range tests {
		t.Run(test.host, func(t *testing.T) {
			t.Parallel()
			n := test.network
			n.Operator, n.Ports = test.operator, test.ports
			n.Ruleset = write(t, "lockdown.nft", readFacts(t, test.fleet, test.host).Lockdown.Ruleset)
			text, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"--net", "--mount", os.Args[0], "-test.run=^TestInsideLockdown$", "-test.v"}
			if os.Getuid() != 0 {
				args = append([]string{"--map-root-user"}, args...)
			}
			cmd := exec.CommandContext(t.Context(), unshare, args...)
			cmd.Env = append(os.Environ(), "LOCKDOWN="+string(text))
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestInsideLockdown") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestInsideLockdown is what TestLockdown runs within the namespaces: sessions
// that are open when the host is isolated, and what can be opened then, after
// a reboot and after the release.
func TestInsideLockdown(t *testing.T) {
	text := os.Getenv("LOCKDOWN")
	if text == "" {
		t.Skip("TestLockdown runs it")
	}
	var n network
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	l := newLab(t, n)
	operators, strangers := l.sessions(t)

	l.script("isolate")
	for what, s := range operators {
		if err := s.speak(); err != nil {
			t.Errorf("%s is lost: %v", what, err)
		}
	}
	var wait sync.WaitGroup
	for what, s := range strangers {
		wait.Go(func() {
			if s.speak() == nil {
				t.Errorf("%s goes on", what)
			}
		})
	}
	wait.Wait()
	l.wantOnly(operators)
	l.wantIsolated("isolated")
	l.wantEvidence()

	l.boot()
	l.wantFree("a reboot, before the unit")
	l.script("resume")
	l.wantIsolated("after a reboot")

	l.script("expire")
	l.wantIsolated("before its time has passed")
	l.bench.file("state/isolated", "1\n")
	l.script("expire")
	l.wantFree("its time has passed")

	l.script("isolate")
	l.wantIsolated("isolated again")
	l.script("release")
	l.wantFree("released")
	if _, err := os.Stat(filepath.Join(l.bench.dir, "state/isolated")); !os.IsNotExist(err) {
		t.Errorf("the next boot isolates it again: %v", err)
	}
	if told := l.bench.read("queue/queue/incident"); strings.Count(told, "\n") != 4 || !strings.HasSuffix(told, "an operator ended it\n") {
		t.Errorf("people are told:\n%s", told)
	}
}

// lab is the host, with echo services on the ports of sshd, on 8080 and on the
// UDP port of tailscaled.
type lab struct {
	network
	t     *testing.T
	bench *bench
	mu    sync.Mutex
	open  map[string]bool // connections to the host, by who came
}

func newLab(t *testing.T, n network) *lab {
	l := &lab{network: n, t: t, open: map[string]bool{}}
	l.must("mount", "-t", "tmpfs", "tmpfs", "/run")
	l.must("ip", "link", "set", "lo", "up")
	l.join(n.Interface, "near", n.Host, append(slices.Clone(n.Operator), n.Stranger...), n.Bits)
	l.join("eth0", "far", world.host, world.far, []int{24, 64})
	for _, port := range append(slices.Clone(n.Ports), 8080) {
		l.serve("", port)
	}
	l.serve("far", 443)
	l.serveUDP("", 41641)
	l.serveUDP("far", 3478)
	l.bench = lockdownBench(t, n)
	l.boot()
	return l
}

// boot leaves the host with a firewall of its own that lets every session go on.
func (l *lab) boot() {
	l.t.Helper()
	l.must("nft", "flush", "ruleset")
	l.must("nft", "-f", write(l.t, "firewall", "table inet t { chain input { type filter hook input priority filter; ct state established,related accept; }; }\n"))
}

func (l *lab) must(name string, args ...string) {
	l.t.Helper()
	if out, err := exec.CommandContext(l.t.Context(), name, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// join makes a network between the host and a namespace.
func (l *lab) join(iface, ns string, host, peers []string, bits []int) {
	l.t.Helper()
	l.must("ip", "netns", "add", ns)
	l.must("ip", "link", "add", "name", iface, "type", "veth", "peer", "name", "peer", "netns", ns)
	add := func(address, dev string, in ...string) {
		width := bits[0]
		args := append(in, "address", "add")
		if strings.Contains(address, ":") {
			width, args = bits[1], append(args, "nodad")
		}
		l.must("ip", append(args, fmt.Sprintf("%s/%d", address, width), "dev", dev)...)
	}
	for _, a := range host {
		add(a, iface)
	}
	for _, a := range peers {
		add(a, "peer", "-n", ns)
	}
	l.must("ip", "link", "set", iface, "up")
	l.must("ip", "-n", ns, "link", "set", "peer", "up")
}

// within calls f in a namespace, "" for that of the host. Sockets that f opens
// stay there.
func within(ns string, f func() error) error {
	if ns == "" {
		return f()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	there, err := os.Open("/run/netns/" + ns)
	if err != nil {
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	defer func() {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err) // no thread may go on in the wrong namespace
		}
	}()
	return f()
}

// serve answers whoever comes with what they say.
func (l *lab) serve(ns string, port int) {
	l.t.Helper()
	err := within(ns, func() error {
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		l.t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go l.echo(conn)
			}
		}()
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) echo(conn net.Conn) {
	who := conn.RemoteAddr().String()
	set := func(open bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.open[who] = open
	}
	set(true)
	_, _ = io.Copy(conn, conn)
	conn.Close()
	set(false)
}

func (l *lab) serveUDP(ns string, port int) {
	l.t.Helper()
	err := within(ns, func() error {
		conn, err := (&net.ListenConfig{Control: mark}).ListenPacket(l.t.Context(), "udp", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		l.t.Cleanup(func() { conn.Close() })
		go func() {
			buffer := make([]byte, 16)
			for {
				size, from, err := conn.ReadFrom(buffer)
				if err != nil {
					return
				}
				_, _ = conn.WriteTo(buffer[:size], from)
			}
		}()
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// session is an open connection.
type session struct{ net.Conn }

// patience is how long an answer may take that comes at all: the kernel says a
// lost segment again after a fifth of a second, then after two.
const patience = 1500 * time.Millisecond

func (s session) speak() error {
	if err := s.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := s.Write([]byte("word")); err != nil {
		return err
	}
	_, err := io.ReadFull(s, make([]byte, 4))
	return err
}

// way is a connection that may be tried.
type way struct {
	ns, protocol, from, to string
	port                   int
	marked                 bool // as tailscaled marks its own
}

func (w way) String() string {
	text := fmt.Sprintf("%s from %s to %s port %d", w.protocol, w.from, w.to, w.port)
	if w.marked {
		text += ", tailscaled's"
	}
	return text
}

// mark marks a socket as tailscaled marks its own.
func mark(_, _ string, raw syscall.RawConn) error {
	var err error
	control := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, 0x80000) })
	return errors.Join(control, err)
}

func (w way) dial() (session, error) {
	dialer := net.Dialer{Timeout: patience}
	if w.marked {
		dialer.Control = mark
	}
	var conn net.Conn
	err := within(w.ns, func() (err error) {
		ip := net.ParseIP(w.from)
		dialer.LocalAddr = &net.TCPAddr{IP: ip}
		if w.protocol == "udp" {
			dialer.LocalAddr = &net.UDPAddr{IP: ip}
		}
		conn, err = dialer.Dial(w.protocol, net.JoinHostPort(w.to, fmt.Sprint(w.port)))
		return err
	})
	return session{conn}, err
}

// works reports whether somebody answers.
func (w way) works() error {
	s, err := w.dial()
	if err != nil {
		return err
	}
	defer s.Close()
	return s.speak()
}

// operatorWays are those that stay open, and foreign those that do not.
func (l *lab) operatorWays() []way {
	var ways []way
	for i, from := range l.Operator {
		for _, port := range l.Ports {
			ways = append(ways, way{ns: "near", protocol: "tcp", from: from, to: l.Host[i], port: port})
		}
	}
	return ways
}

func (l *lab) foreignWays() []way {
	var ways []way
	for i, to := range l.Host {
		ways = append(ways, way{ns: "near", protocol: "tcp", from: l.Stranger[i], to: to, port: 22})
	}
	for i, from := range l.Operator {
		ways = append(ways, way{ns: "near", protocol: "tcp", from: from, to: l.Host[i], port: 8080})
	}
	for i := range world.host {
		ways = append(ways,
			way{ns: "far", protocol: "tcp", from: world.far[i], to: world.host[i], port: 22},
			way{protocol: "tcp", from: world.host[i], to: world.far[i], port: 443},
			way{protocol: "udp", from: world.host[i], to: world.far[i], port: 3478})
	}
	return ways
}

// underlay are the ways of tailscaled.
func (l *lab) underlay() []way {
	var ways []way
	for i := range world.host {
		ways = append(ways,
			way{ns: "far", protocol: "udp", from: world.far[i], to: world.host[i], port: 41641},
			way{protocol: "tcp", from: world.host[i], to: world.far[i], port: 443, marked: true},
			way{protocol: "udp", from: world.host[i], to: world.far[i], port: 3478, marked: true})
	}
	return ways
}

// sessions opens one on each way that TCP goes.
func (l *lab) sessions(t *testing.T) (operators, strangers map[string]session) {
	t.Helper()
	all := func(ways []way) map[string]session {
		open := map[string]session{}
		for _, w := range ways {
			s, err := w.dial()
			for range 30 { // the kernel takes a while to use a new address
				if err == nil {
					break
				}
				time.Sleep(100 * time.Millisecond)
				s, err = w.dial()
			}
			if err == nil {
				err = s.speak()
			}
			if err != nil {
				t.Fatalf("%s: %v", w, err)
			}
			t.Cleanup(func() { s.Close() })
			open[w.String()] = s
		}
		return open
	}
	return all(l.operatorWays()), all(l.foreignWays())
}

// script runs the script on the host, and waits for what the kernel then does.
func (l *lab) script(command string) {
	l.t.Helper()
	if out, ok := l.bench.run(nixmodules.LockdownScript, command); !ok {
		l.t.Fatalf("%s: %s", command, out)
	}
}

// wantOnly wants the host to hold no connection but those of operators. The
// kernel forgets nothing later, so neither does the table of conntrack.
func (l *lab) wantOnly(operators map[string]session) {
	l.t.Helper()
	kept := map[string]bool{}
	for _, s := range operators {
		kept[s.LocalAddr().String()] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, open := range l.open {
		here := !strings.HasPrefix(who, world.host[0]) && !strings.HasPrefix(who, "["+world.host[1])
		if open && here && !kept[who] {
			l.t.Errorf("the host keeps the connection of %s", who)
		}
	}
	table, err := exec.CommandContext(l.t.Context(), "conntrack", "-L").Output()
	if err != nil {
		l.t.Fatal(err)
	}
	for _, foreign := range append(slices.Clone(l.Stranger), world.far...) {
		if strings.Contains(string(table), "src="+foreign+" ") {
			l.t.Errorf("conntrack knows %s:\n%s", foreign, table)
		}
	}
}

// try tries ways side by side.
func (l *lab) try(when string, ways []way, want bool) {
	l.t.Helper()
	var wait sync.WaitGroup
	for _, w := range ways {
		wait.Go(func() {
			if err := w.works(); (err == nil) != want {
				l.t.Errorf("%s, %s: %v", when, w, err)
			}
		})
	}
	wait.Wait()
}

func (l *lab) wantIsolated(when string) {
	l.t.Helper()
	l.try(when, l.operatorWays(), true)
	l.try(when, l.foreignWays(), false)
	l.try(when, l.underlay(), l.Tailnet)
}

func (l *lab) wantFree(when string) {
	l.t.Helper()
	l.try(when, slices.Concat(l.operatorWays(), l.foreignWays(), l.underlay()), true)
}

// wantEvidence wants the sessions of strangers in the snapshot, which only
// root reads, and only those ended.
func (l *lab) wantEvidence() {
	l.t.Helper()
	dirs, err := filepath.Glob(filepath.Join(l.bench.dir, "state/incidents/*"))
	if err != nil || len(dirs) != 1 {
		l.t.Fatalf("snapshots: %v, %v", dirs, err)
	}
	info, err := os.Stat(dirs[0])
	if err != nil || info.Mode().Perm() != 0o700 {
		l.t.Errorf("the snapshot has the mode %v, %v", info.Mode(), err)
	}
	for file, wants := range map[string][]string{
		"sockets": l.Stranger, "connections": append(slices.Clone(l.Stranger), world.far...), "rotate": {"the secret a\nthe secret b\n"},
		"processes": {" isolate"}, "ruleset": {"pantherctl-lockdown"}, "journal-cursor": {"cursor: s=1"}, "sessions": {"31 "}, "routes": {world.host[0]},
	} {
		text := l.bench.read(strings.TrimPrefix(dirs[0], l.bench.dir+"/") + "/" + file)
		for _, want := range wants {
			if file == "connections" && strings.Contains(want, ":") {
				continue // conntrack -L tells IPv4 only
			}
			if !strings.Contains(text, want) {
				l.t.Errorf("of %d bytes of %s none say %q", len(text), file, want)
			}
		}
	}
	if ended := l.bench.read("ended"); ended != "32\n33\n" {
		l.t.Errorf("of the sessions 31 (an operator), 32 (a stranger), 33 (the console) and 34 (no person) it ends\n%s", ended)
	}
	if !strings.Contains(l.bench.read("started"), "start pantherctl-notify.service\n") {
		l.t.Error("nobody is told")
	}
}

// lockdownBench has doubles of what needs systemd.
func lockdownBench(t *testing.T, n network) *bench {
	t.Helper()
	b := newBench(t, map[string]string{
		"systemctl":  `echo "$*" >>"$BENCH/started"`,
		"journalctl": "echo '-- cursor: s=1'",
		"loginctl": `case "$*" in
*list-sessions) printf '%s\n' "31 0 admin" "32 0 admin" "33 0 root" "34 0 admin" ;;
*RemoteHost*31) echo "` + n.Operator[0] + `" ;;
*RemoteHost*32) echo "` + n.Stranger[0] + `" ;;
*Class*34) echo manager-early ;;
*Class*) echo user ;;
terminate-session*) echo "$3" >>"$BENCH/ended" ;;
esac`,
	}, "RULESET="+n.Ruleset, "ROTATE=the secret a\nthe secret b", "RELEASE_AFTER=1000",
		"OPERATORS="+strings.Join(n.Operator, "\n"), "PORTS="+strings.Trim(strings.ReplaceAll(fmt.Sprint(n.Ports), " ", "\n"), "[]"))
	if err := os.Mkdir(filepath.Join(b.dir, "queue"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.env = append(b.env, "QUEUE="+b.dir+"/queue")
	return b
}
