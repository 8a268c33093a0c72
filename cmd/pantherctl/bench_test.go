package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/testdata"
)

// The figures of the README, each of a whole process:
//
//	go test -run '^$' -bench . ./cmd/pantherctl
//
// TMPDIR chooses the disk that is written to. Nothing is removed before the end:
// ext4 makes files several times more slowly right after many were removed.

// BenchmarkFleet takes the times of the four hosts of pantheros: validate and
// generate, one process each, into an empty folder.
func BenchmarkFleet(b *testing.B) {
	p := newProcess(b, b.TempDir())
	document, err := testdata.Fleet("pantheros")
	if err != nil {
		b.Fatal(err)
	}
	p.write(b, string(document))
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		p.run(b, "validate")
		p.run(b, "generate", "-o", fmt.Sprint("generated-", len(times)))
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(times[0].Seconds()*1000, "ms-best")
	b.ReportMetric(times[len(times)/2].Seconds()*1000, "ms-median")
	b.ReportMetric(0, "ns/op") // in milliseconds above
}

// BenchmarkHosts takes time and memory of generate for large fleets, the
// writing included, and of a second run that has nothing to change. The files
// are many, so the disk decides: eleven a host with the concerns that every host
// has, seventeen with all that pantheros has.
func BenchmarkHosts(b *testing.B) {
	dir := b.TempDir()
	fleets := []struct{ name, document string }{
		{"n=1000", manyHosts(first, 1_000)},
		{"n=10000", manyHosts(first, 10_000)},
		{"n=10000/pantheros", manyHosts(pantheros(b), 10_000)},
	}
	for _, fleet := range fleets {
		b.Run(fleet.name+"/new", func(b *testing.B) {
			p := newProcess(b, dir)
			p.write(b, fleet.document)
			for i := 0; b.Loop(); i++ {
				p.run(b, "generate", "-o", fmt.Sprint("generated-", i))
			}
			p.report(b)
		})
		b.Run(fleet.name+"/unchanged", func(b *testing.B) {
			p := newProcess(b, dir)
			p.write(b, fleet.document)
			p.run(b, "generate")
			before := time.Now()
			p.memory, p.cpu = 0, 0
			for b.Loop() {
				p.run(b, "generate")
			}
			p.report(b)
			if written := p.writtenSince(b, before); written > 0 {
				b.Errorf("%d files written although nothing changed", written)
			}
		})
	}
}

// BenchmarkGenerateCheck takes time and memory of showing what generate would
// write for a large fleet into an empty folder, 178 MB. The difference must not
// be held beside the files, of which the collector lets 500 MB stand.
func BenchmarkGenerateCheck(b *testing.B) {
	p := newProcess(b, b.TempDir())
	p.write(b, manyHosts(pantheros(b), 4_000))
	for b.Loop() {
		cmd := exec.Command(p.program, "generate", "--check") // its output is not wanted here: it would count
		cmd.Dir = p.dir
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != exitFindings {
			b.Fatalf("%s: %v", cmd, err)
		}
		p.used(cmd)
	}
	p.report(b)
	if megabytes := p.memory >> 10; megabytes > 550 {
		b.Errorf("%d MB were held", megabytes)
	}
}

// first is a fleet of the concerns that every host has: accounts, firewall,
// SSH, Tailscale, secrets and kernel.
const first = `version: 1
fleet: many
nixos: "25.11"
users:
  admin: { admin: true, password: password, keys: KEY }
  deploy: { deploy: true, keys: KEY }
roles:
  workstation:
    level: workstation
    ssh: { enable: true }
    tailscale: { enable: true, auth_key: tailscale, use_exit_node: host-00001 }
    secrets: { password: {}, tailscale: {} }
  server:
    level: server
    tailscale: { enable: true, auth_key: tailscale, exit_node: true }
    secrets: { password: {}, tailscale: {} }
    accounts: { signing_keys: "many-1:BzLL8evHb3rd6m0x3v7ABlVrdsnvz4ajhsl/3+11G14=" }
    journal: { enable: false }
access:
  - { from: workstation, to: server, allow: [ssh, http, https] }
  - { from: everyone, to: server, allow: dns }
  - { from: workstation, to: workstation, allow: ssh }
  - { from: workstation, to: internet, allow: any }
`

// pantheros is the document of the example without its hosts. Its rule for any
// service is left out, because the firewall of each server would list the
// addresses of all others; so is the isolation of hosts, each of which would list
// those of all operators.
func pantheros(b *testing.B) string {
	document, err := testdata.Fleet("pantheros")
	if err != nil {
		b.Fatal(err)
	}
	const anyService = "  - from: server\n    to: server\n    allow: any\n"
	head, _, found := strings.Cut(string(document), "\nhosts:\n")
	if !found || !strings.Contains(head, anyService) {
		b.Fatal("the document of pantheros is not what this benchmark was made for")
	}
	head = strings.Replace(head, anyService, "", 1)
	const isolation = "enable: true\n      operators: workstation"
	if !strings.Contains(head, isolation) {
		b.Fatal("the operators of pantheros are not those this benchmark was made for")
	}
	head = strings.Replace(head, isolation, "enable: false", 1)
	before, expected, _ := strings.Cut(head, "\nexpect:\n") // of hosts by name
	_, after, ok := strings.Cut(expected, "\ndevices:\n")
	if !ok {
		b.Fatal("pantheros no longer has expect before devices")
	}
	head = before + "\ndevices:\n" + after
	return strings.ReplaceAll(head, "use_exit_node: hetzner-vps", "use_exit_node: host-00001")
}

// manyHosts returns a document with n hosts: every other one a workstation,
// each with an address of its own.
func manyHosts(head string, n int) string {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX"
	var text strings.Builder
	text.WriteString(strings.ReplaceAll(head, "KEY", key) + "\nhosts:\n")
	for i := range n {
		role := []string{"workstation", "server"}[i%2]
		fmt.Fprintf(&text, `  host-%05d:
    system: x86_64-linux
    roles: [%s]
    interfaces:
      eth0: wan
    addresses: 100.102.%d.%d
    host_keys: %s
    break_glass: the console
`, i, role, i/256, i%256, key)
	}
	return text.String()
}

// process runs pantherctl on one document.
type process struct {
	program, dir string
	memory       int64         // kilobytes, the most that a run held
	cpu          time.Duration // of all runs, on all cores
}

func newProcess(b *testing.B, parent string) *process {
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		b.Fatal(err)
	}
	p := &process{program: filepath.Join(dir, "pantherctl"), dir: dir}
	if out, err := exec.Command("go", "build", "-o", p.program, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return p
}

// write puts the document in place, and empty files where its secrets belong.
func (p *process) write(b *testing.B, document string) {
	secrets := filepath.Join(p.dir, "secrets")
	err := errors.Join(os.WriteFile(filepath.Join(p.dir, "security.yaml"), []byte(document), 0o644), os.Mkdir(secrets, 0o755))
	for _, name := range []string{"hbohlen-password", "tailscale-server", "tailscale-workstation"} {
		err = errors.Join(err, os.WriteFile(filepath.Join(secrets, name+".age"), nil, 0o644))
	}
	if err != nil {
		b.Fatal(err)
	}
}

func (p *process) run(b *testing.B, args ...string) {
	cmd := exec.Command(p.program, args...)
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%.2000s", cmd, err, out)
	}
	p.used(cmd)
}

// used adds what a run took.
func (p *process) used(cmd *exec.Cmd) {
	p.memory = max(p.memory, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	p.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

func (p *process) report(b *testing.B) {
	b.ReportMetric(float64(p.memory)/1024, "MB-resident")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	b.ReportMetric(p.cpu.Seconds()/float64(b.N), "s-cpu")
	b.ReportMetric(0, "ns/op") // in seconds above
}

// writtenSince counts the generated files that are younger than a time.
func (p *process) writtenSince(b *testing.B, then time.Time) int {
	n := 0
	err := filepath.WalkDir(filepath.Join(p.dir, "generated"), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil && info.ModTime().After(then) {
			n++
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkAudit takes the time of auditing hosts that run, over the loopback
// interface: one process of pantherctl, a connection, sudo and a probe for each
// host. At most one second for a host and three for twenty are wanted.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{1, 20} {
		b.Run(fmt.Sprintf("hosts=%d", n), func(b *testing.B) {
			var names []string
			for i := range n {
				names = append(names, fmt.Sprintf("h%02d", i))
			}
			l := newHostLab(b, names...)
			args := append([]string{"audit", "--facts", "facts.json", "--ssh-config", "ssh_config"}, names...)
			for _, name := range names {
				args = append(args, "--address", name+"="+l.hosts[name].start("").address)
			}
			p := newProcess(b, l.dir)
			p.dir = l.dir
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				p.run(b, args...)
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(times[0].Seconds()*1000, "ms-best")
			b.ReportMetric(times[len(times)/2].Seconds()*1000, "ms-median")
			b.ReportMetric(0, "ns/op") // in milliseconds above
		})
	}
}
