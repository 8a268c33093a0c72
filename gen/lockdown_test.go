package gen_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
