package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// hostsAtOnce is how many sshds run at the same time.
const hostsAtOnce = 4

const sshdLog = "/tmp/log"

// startTime is how long an sshd may take to listen.
const startTime = 5 * time.Second

// logins starts every sshd, in a network and a view of the files of its own,
// and tries to log in.
func logins(ctx context.Context, w Work) []SSHDReport {
	reports := make([]SSHDReport, len(w.SSHDs))
	turns := make(chan struct{}, hostsAtOnce)
	var wg sync.WaitGroup
	for i, d := range w.SSHDs {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			reports[i] = d.try(ctx, w)
			reports[i].Host = d.Host
		})
	}
	wg.Wait()
	return reports
}

// try runs one sshd until all that is to be asked of it has been.
func (d SSHD) try(ctx context.Context, w Work) SSHDReport {
	alone := mappedUsers() < 65536 // then sshd runs as itself, and nobody can log in
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	started, ended := make(chan served, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread, and its files, end with us
		ended <- d.serve(ctx, w.SSHD, alone, started)
	}()
	var in served
	select {
	case err := <-ended:
		return SSHDReport{Fault: err.Error()}
	case in = <-started:
	}
	c := &client{served: in, port: d.Port, identities: w.Identities}
	late := time.After(startTime)
	for !c.reaches() {
		select {
		case err := <-ended:
			return SSHDReport{Fault: fmt.Sprintf("it does not start: %v", err)}
		case <-late:
			return SSHDReport{Fault: fmt.Sprintf("nothing listens on 127.0.0.1, port %d: %s", d.Port, c.logged(""))}
		case <-time.After(2 * time.Millisecond):
		}
	}
	if alone {
		d.Logins, d.Bans = nil, false
	}
	r := c.ask(d)
	if alone {
		r.LeftOut = "sshd separates privileges by accounts, and this user has no others: as root, or with a range of subordinate ids and newuidmap"
	}
	if d.Bans {
		r.Bans, r.Unread = bans(ctx, in.lines(""))
	}
	return r
}

// served is where an sshd runs, and what it logs.
type served struct {
	space netns.NsHandle
	log   *os.File // opened where its name means something
}

// lines returns the lines of the log that have a text in them.
func (s served) lines(text string) []string {
	all, _ := io.ReadAll(io.NewSectionReader(s.log, 0, 1<<20))
	var lines []string
	for line := range strings.Lines(string(all)) {
		if strings.Contains(line, text) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func (s served) logged(text string) string { return strings.Join(s.lines(text), "; ") }

// mappedUsers is how many accounts this user namespace has.
func mappedUsers() (n int) {
	text, _ := os.ReadFile("/proc/self/uid_map")
	for line := range strings.Lines(string(text)) {
		var inside, outside, count int
		if _, err := fmt.Sscan(line, &inside, &outside, &count); err == nil {
			n += count
		}
	}
	return n
}

// serve makes the host's files and network and runs sshd in them.
func (d SSHD) serve(ctx context.Context, program string, alone bool, started chan<- served) error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
		return err
	}
	if err := d.root(); err != nil {
		return fmt.Errorf("its files: %w", err)
	}
	space, err := netns.New()
	if err != nil {
		return err
	}
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		return err
	}
	for _, kind := range d.KeyTypes {
		if err := hostKey(kind); err != nil {
			return fmt.Errorf("a host key: %w", err)
		}
	}
	if alone {
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0o644); err != nil {
			return err
		}
	}
	log, err := os.OpenFile(sshdLog, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return err
	}
	in := served{space, log}
	started <- in
	_, err = run.System{}.Run(ctx, run.Command{Name: program, Args: []string{"-D", "-E", sshdLog, "-f", "/etc/ssh/sshd_config"}, Env: []string{"TMPDIR=/tmp"}, Ordinary: alone})
	return fmt.Errorf("%s (%w)", in.logged(""), err)
}

// hostKeysFirst is the configuration with the host keys at its head, since its
// end may be a Match block.
func hostKeysFirst(d SSHD) string {
	var head strings.Builder
	for _, kind := range d.KeyTypes {
		fmt.Fprintf(&head, "HostKey %s\n", hostKeyFile(kind))
	}
	return head.String() + d.Config
}

func hostKeyFile(kind string) string { return "/etc/ssh/host_" + kind }
