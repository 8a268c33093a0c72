package gen_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

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
