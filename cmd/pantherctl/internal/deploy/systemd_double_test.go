package deploy

// The double of systemd: process 1 of a target. It keeps services and timers
// by name, starts a timer's service when its time has come, and forgets
// everything when the power is cut. Its programs talk to it over a socket and
// hand over their own streams, as systemd-run --pipe does.

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const busPath = "/run/systemd/private-double"

// call is what a program asks process 1.
type call struct {
	Program string
	Args    []string
	Env     []string
}

type reply struct {
	Code int
	Out  string
	Err  string
}

// unit is a service or timer.
type unit struct {
	name    string
	state   string // active, failed, inactive
	argv    []string
	env     []string
	cmd     *exec.Cmd
	timer   *time.Timer
	collect bool
	done    chan struct{}
	code    int
}

type manager struct {
	sync.Mutex
	units map[string]*unit
	rules string // what the last reload of nftables.service came to
	sshd  *exec.Cmd
	ended chan error // of sshd
}

// initMain is process 1.
func initMain(dir string) int {
	signal := os.NewFile(3, "ready")
	syscall.CloseOnExec(3)
	if err := enter(dir); err != nil {
		fmt.Fprintln(os.Stderr, "init:", err)
		return 1
	}
	m := &manager{units: map[string]*unit{}, rules: "success"}
	bus, err := net.Listen("unix", busPath)
	if err != nil {
		fmt.Fprintln(os.Stderr, "init:", err)
		return 1
	}
	os.Chmod(busPath, 0o600)
	go m.serve(bus.(*net.UnixListener))
	top, _ := os.ReadFile("/boot/default")
	os.Symlink(string(top), "/run/booted-system")
	boot := exec.Command(string(top)+"/bin/switch-to-configuration", "start-of-machine")
	boot.Stdout, boot.Stderr = os.Stderr, os.Stderr
	if err := boot.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "init: activation at boot:", err)
	}
	loadRules()
	m.restartSSHD()
	for range 200 { // until the network is there and sshd listens
		if c, err := net.Dial("tcp", "127.0.0.1:22"); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	signal.Write([]byte("."))
	signal.Close()
	select {}
}

// enter makes the disk the root of this process.
func enter(dir string) error {
	steps := []func() error{
		func() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") },
		func() error { return syscall.Mount(dir, dir, "", syscall.MS_BIND, "") },
		func() error { return syscall.Mount(debian+"/usr", dir+"/usr", "", syscall.MS_BIND|syscall.MS_REC, "") },
		func() error { return syscall.Mount("/dev", dir+"/dev", "", syscall.MS_BIND|syscall.MS_REC, "") },
		func() error { return syscall.Mount("tmpfs", dir+"/run", "tmpfs", 0, "mode=755") },
		func() error { return syscall.Mount("tmpfs", dir+"/tmp", "tmpfs", 0, "mode=1777") },
		func() error { return syscall.Mount("proc", dir+"/proc", "proc", 0, "") },
		func() error { return syscall.Mount("sysfs", dir+"/sys", "sysfs", 0, "") },
		func() error { return syscall.Chroot(dir) },
		func() error { return os.Chdir("/") },
		func() error { return os.MkdirAll("/run/systemd/system", 0o755) },
		func() error { return os.MkdirAll("/run/sshd", 0o755) },
		func() error { return os.MkdirAll("/run/wrappers/bin", 0o755) },
		func() error { return os.Symlink("/var/lib/sudo", "/run/wrappers/bin/sudo") },
		func() error {
			name, _ := os.ReadFile("/etc/hostname")
			return syscall.Sethostname(name)
		},
		func() error {
			os.Setenv("PATH", "/run/wrappers/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin")
			id := fmt.Sprintf("/run/boot-id-%d", time.Now().UnixNano())
			return os.WriteFile(id, nil, 0o644)
		},
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

func (m *manager) serve(l *net.UnixListener) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buffer, rights := make([]byte, 256<<10), make([]byte, 128)
			n, rn, _, _, err := c.ReadMsgUnix(buffer, rights)
			if err != nil {
				return
			}
			var files []*os.File
			if messages, err := syscall.ParseSocketControlMessage(rights[:rn]); err == nil {
				for _, message := range messages {
					fds, _ := syscall.ParseUnixRights(&message)
					for _, fd := range fds {
						syscall.CloseOnExec(fd)
						files = append(files, os.NewFile(uintptr(fd), "stream"))
					}
				}
			}
			var asked call
			json.Unmarshal(buffer[:n], &asked)
			r := m.answer(asked, files)
			for _, f := range files {
				f.Close()
			}
			text, _ := json.Marshal(r)
			c.Write(text)
		}()
	}
}

func (m *manager) answer(c call, files []*os.File) reply {
	switch c.Program {
	case "systemd-run":
		return m.systemdRun(c, files)
	case "systemctl":
		return m.systemctl(c.Args)
	}
	return reply{}
}

// systemdRun knows the options that pantherctl and nixos-rebuild use.
func (m *manager) systemdRun(c call, files []*os.File) reply {
	u := &unit{state: "inactive", env: c.Env, done: make(chan struct{})}
	var wait, pipe bool
	var after time.Duration
	args := c.Args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		name, value, _ := strings.Cut(args[0], "=")
		switch name {
		case "--quiet", "--no-ask-password", "--service-type", "--timer-property", "--same-dir":
		case "--collect":
			u.collect = true
		case "--wait":
			wait = true
		case "--pipe":
			pipe, wait = true, true
		case "--unit":
			u.name = strings.TrimSuffix(value, ".service")
		case "--setenv":
			u.env = append(u.env, value)
		case "-E":
			args = args[1:]
			if strings.Contains(args[0], "=") {
				u.env = append(u.env, args[0])
			}
		case "--on-active":
			d, err := time.ParseDuration(value)
			if err != nil {
				return reply{Code: 1, Err: "Failed to parse timer value: " + value}
			}
			after = d
		default:
			return reply{Code: 1, Err: "systemd-run: unrecognized option '" + args[0] + "'"}
		}
		args = args[1:]
	}
	u.argv = args
	m.Lock()
	service, timer := u.name+".service", u.name+".timer"
	if old, ok := m.units[service]; ok && (old.state == "active" || old.state == "failed") || m.units[timer] != nil && m.units[timer].state == "active" {
		m.Unlock()
		return reply{Code: 1, Err: "Failed to start transient unit: Unit " + service + " was already loaded or has a fragment file."}
	}
	u.name = service
	m.units[service] = u
	if after > 0 {
		t := &unit{name: timer, state: "active", done: make(chan struct{})}
		t.timer = time.AfterFunc(after, func() { m.start(service, nil) })
		m.units[timer] = t
		m.Unlock()
		return reply{}
	}
	m.Unlock()
	if !pipe {
		files = nil
	}
	if err := m.start(service, files); err != nil {
		return reply{Code: 203, Err: err.Error()}
	}
	if wait {
		<-u.done
		return reply{Code: u.code}
	}
	return reply{}
}

// start runs a service.
func (m *manager) start(name string, files []*os.File) error {
	m.Lock()
	defer m.Unlock()
	u, ok := m.units[name]
	if !ok || len(u.argv) == 0 {
		return fmt.Errorf("Unit %s not found.", name)
	}
	if u.state == "active" {
		return nil
	}
	u.cmd = exec.Command(u.argv[0], u.argv[1:]...)
	u.cmd.Env = append([]string{"PATH=/run/current-system/sw/bin:/usr/bin:/usr/sbin"}, u.env...)
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	journal, _ := os.OpenFile("/run/journal", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	u.cmd.Stdout, u.cmd.Stderr = journal, journal
	if len(files) == 3 {
		u.cmd.Stdin, u.cmd.Stdout, u.cmd.Stderr = files[0], files[1], files[2]
	}
	if u.code != 0 {
		u.done = make(chan struct{})
	}
	if err := u.cmd.Start(); err != nil {
		u.state = "failed"
		return err
	}
	u.state = "active"
	go func() {
		u.cmd.Wait()
		journal.Close()
		m.Lock()
		u.state, u.code = "inactive", u.cmd.ProcessState.ExitCode()
		if u.code != 0 {
			u.state = "failed"
			if u.code < 0 {
				u.code = 1
			}
		}
		if u.collect && m.units[strings.TrimSuffix(name, ".service")+".timer"] == nil {
			delete(m.units, name)
		}
		close(u.done)
		m.Unlock()
	}()
	return nil
}

func (m *manager) stop(name string) {
	m.Lock()
	u, ok := m.units[name]
	if !ok {
		m.Unlock()
		return
	}
	if u.timer != nil {
		u.timer.Stop()
		delete(m.units, name)
		m.Unlock()
		return
	}
	running := u.state == "active" && u.cmd != nil
	m.Unlock()
	if running {
		syscall.Kill(-u.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-u.done:
		case <-time.After(2 * time.Second):
			syscall.Kill(-u.cmd.Process.Pid, syscall.SIGKILL)
		}
	}
}

func (m *manager) systemctl(args []string) reply {
	var flags, rest []string
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			flags = append(flags, a)
		} else {
			rest = append(rest, a)
		}
	}
	if len(rest) == 0 {
		return reply{Code: 1, Err: "systemctl: no verb"}
	}
	switch verb, names := rest[0], rest[1:]; verb {
	case "is-active":
		m.Lock()
		defer m.Unlock()
		for _, n := range names {
			if u, ok := m.units[n]; ok && u.state == "active" {
				return reply{}
			}
		}
		return reply{Code: 3}
	case "list-units":
		return m.list(flags, names)
	case "stop":
		for _, n := range names {
			m.stop(n)
		}
	case "start":
		for _, n := range names {
			if err := m.start(n, nil); err != nil {
				return reply{Code: 5, Err: "Failed to start " + n + ": " + err.Error()}
			}
		}
	case "restart", "reload-or-restart":
		if names[0] == "nftables.service" {
			r := loadRules()
			if m.rules = "success"; r.Code != 0 {
				m.rules = "exit-code"
			}
			return r
		}
		return m.restartSSHD()
	case "show":
		return reply{Out: m.rules + "\n"} // of the one service that is reloaded
	case "daemon-reload":
	case "reset-failed":
		m.Lock()
		defer m.Unlock()
		for n, u := range m.units {
			if u.state == "failed" {
				delete(m.units, n)
			}
		}
	default:
		return reply{Code: 1, Err: "systemctl: unknown verb " + verb}
	}
	return reply{}
}

func (m *manager) list(flags, patterns []string) reply {
	if slices.Contains(flags, "--state=active") {
		return reply{Out: "nftables.service loaded active exited\n"}
	}
	m.Lock()
	defer m.Unlock()
	var lines []string
	for n, u := range m.units {
		match := len(patterns) == 0
		for _, p := range patterns {
			ok, _ := filepath.Match(p, n)
			match = match || ok
		}
		if match && (u.state == "failed" || u.state == "active" && !slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "--state=failed") })) {
			lines = append(lines, n+" loaded "+u.state+" "+u.state+" "+n+"\n")
		}
	}
	slices.Sort(lines)
	return reply{Out: strings.Join(lines, "")}
}

// loadRules is a reload of nftables.service, which is active however it ends.
func loadRules() reply {
	text, _ := os.ReadFile("/etc/ruleset.nft")
	rules := exec.Command("/usr/sbin/nft", "-f", "-")
	rules.Stdin = strings.NewReader("flush ruleset\n" + string(text))
	if out, err := rules.CombinedOutput(); err != nil {
		return reply{Code: 1, Err: "Job for nftables.service failed.\n" + string(out)}
	}
	return reply{}
}

// restartSSHD is sshd.service: KillMode=process, so that sessions go on.
func (m *manager) restartSSHD() reply {
	m.Lock()
	defer m.Unlock()
	if m.sshd != nil {
		m.sshd.Process.Signal(syscall.SIGTERM)
		<-m.ended
		m.sshd = nil
	}
	delete(m.units, "sshd.service")
	log, _ := os.OpenFile("/var/lib/sshd.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	defer log.Close()
	m.sshd = exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config")
	m.sshd.Stderr = log
	if err := m.sshd.Start(); err == nil {
		m.ended = make(chan error, 1)
		cmd, ended := m.sshd, m.ended
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			m.sshd = nil
			m.units["sshd.service"] = &unit{name: "sshd.service", state: "failed"}
			return reply{Code: 1, Err: fmt.Sprint(err)}
		case <-time.After(60 * time.Millisecond):
		}
	}
	return reply{}
}

// ask is how programs of the double talk to process 1.
func ask(c call) reply {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: busPath, Net: "unix"})
	if err != nil {
		return reply{Code: 1, Err: "Failed to connect to bus: " + err.Error()}
	}
	defer conn.Close()
	text, _ := json.Marshal(c)
	if _, _, err := conn.WriteMsgUnix(text, syscall.UnixRights(0, 1, 2), nil); err != nil {
		return reply{Code: 1, Err: err.Error()}
	}
	var r reply
	if err := json.NewDecoder(conn).Decode(&r); err != nil {
		return reply{Code: 1, Err: "Connection to bus lost: " + err.Error()}
	}
	return r
}

func busProgram(name string) func([]string) int {
	return func(args []string) int {
		r := ask(call{Program: name, Args: args})
		fmt.Print(r.Out)
		if r.Err != "" {
			fmt.Fprintln(os.Stderr, r.Err)
		}
		return r.Code
	}
}
