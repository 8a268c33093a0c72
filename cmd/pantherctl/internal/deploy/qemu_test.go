package deploy

// The virtual machine: Debian's kernel, systemd, sshd, sudo and nft, without
// hardware help. Its disk is what a machine in namespaces has for a folder, so
// a power cut loses what was not written to it; NixOS's programs remain doubles.

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/testdata/guest"
)

// virtual is a virtual machine.
type virtual struct {
	linux guest.Linux
	dir   string // its disk, sockets and what it said
	saved string // the state to begin with in place of booting, "" for none
	qemu  *exec.Cmd
	input io.WriteCloser // its monitor
	port  net.Conn       // to the console in it
}

// bootScript is the first program: it finds the disks, and does what NixOS does
// before it starts systemd.
const bootScript = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
/kmod/modprobe -a virtio_blk virtio_net ext4
mount /dev/vdb /root
mount -o ro /dev/vda /root/usr
mount -t tmpfs -o mode=755 tmpfs /root/run
for d in proc sys dev; do mount --move /$d /root/$d; done
mkdir -p /root/run/wrappers/bin /root/run/sshd
ln -s /usr/bin/sudo /root/run/wrappers/bin/sudo
system=$(cat /root/boot/default)
ln -s $system /root/run/booted-system
chroot /root $system/bin/switch-to-configuration start-of-machine
exec switch_root /root /usr/lib/systemd/systemd
`

// units are the machine's own, sshd and nftables as NixOS 24.11 has them.
var units = map[string]string{
	"default.target": "[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=console.service\n",
	"network.service": `[Unit]
Before=sshd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/usr/sbin/ip link set eth0 name tailscale0
ExecStart=/bin/sh -c "ip addr flush dev tailscale0; ip addr add $(cat /etc/address)/30 dev tailscale0; ip link set tailscale0 up"
`,
	"nftables.service": `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c "(echo flush ruleset; cat /etc/ruleset.nft) | nft -f -"
ExecReload=/bin/sh -c "(echo flush ruleset; cat /etc/ruleset.nft) | nft -f -"
ExecStop=/usr/sbin/nft flush ruleset
`,
	"sshd.service": `[Service]
ExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd_config
KillMode=process
Restart=always
Type=simple
`,
	"console.service": `[Unit]
Wants=dbus.service network.service nftables.service sshd.service
After=dbus.service network.service nftables.service sshd.service
[Service]
ExecStart=@/var/lib/doubles console
`,
}

// masked are units of Debian that this machine does without: there are no devices
// to find, and looking takes long here.
var masked = []string{
	"ldconfig.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-udevd.service",
	"systemd-udev-trigger.service", "systemd-udev-load-credentials.service", "systemd-tmpfiles-setup.service",
	"systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup-dev-early.service", "systemd-journal-flush.service",
	"systemd-random-seed.service", "kmod-static-nodes.service", "modprobe@.service", "sys-kernel-config.mount",
	"sys-fs-fuse-connections.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "dev-hugepages.mount",
	"dev-mqueue.mount", "tmp.mount",
}

// newVirtual makes a machine that has never booted.
func newVirtual(t testing.TB) *virtual {
	t.Helper()
	v := &virtual{linux: guest.Find(t), dir: t.TempDir()}
	if _, err := os.Stat(v.usr()); err != nil {
		t.Fatalf("%v: made by an older .ci/guest?", err)
	}
	var a guest.Archive
	for _, program := range []string{"busybox", "kmod"} {
		a.Program(t, v.linux, program)
	}
	a.Add("kmod/modprobe", 0o755, v.linux.Read(t, "usr/bin/kmod"))
	a.Modules(t, v.linux, []string{"virtio_blk", "virtio_net", "crc32c_generic", "ext4"})
	a.Add("init", 0o755, []byte(bootScript))
	for _, d := range []string{"proc", "sys", "dev", "root"} {
		a.Folder(d)
	}
	if err := os.WriteFile(v.file("initrd"), a.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *virtual) usr() string { return filepath.Join(v.linux.Dir, "usr.ext4") }

func (v *virtual) file(name string) string { return filepath.Join(v.dir, name) }

func (*virtual) doubles() []string { return nil }

// format makes the disk out of the machine's folder. The preflight wants a GiB
// to be free.
func (v *virtual) format(m *machine) {
	etc := filepath.Join(m.dir, "etc")
	for name, text := range units {
		write(m.t, filepath.Join(etc, "systemd/system", name), text, 0o644)
	}
	for _, name := range masked {
		os.Symlink("/dev/null", filepath.Join(etc, "systemd/system", name))
	}
	os.MkdirAll(filepath.Join(etc, "systemd/system-generators"), 0o755)
	generators, _ := filepath.Glob(filepath.Join(v.linux.Dir, "usr/lib/systemd/system-generators/*"))
	for _, g := range generators { // every reload would run them
		os.Symlink("/dev/null", filepath.Join(etc, "systemd/system-generators", filepath.Base(g)))
	}
	write(m.t, filepath.Join(etc, "pam.d/sudo"), "account required pam_permit.so\nsession required pam_permit.so\n", 0o644)
	write(m.t, filepath.Join(etc, "hostname"), m.name, 0o644)
	write(m.t, filepath.Join(etc, "hosts"), "127.0.0.1 localhost "+m.name+"\n", 0o644)
	write(m.t, filepath.Join(etc, "address"), m.address, 0o644)
	must(m.t, "mkfs.ext4", "-q", "-d", m.dir, v.file("disk"), "2G")
}

// start switches the machine on.
func (v *virtual) start(m *machine) {
	m.t.Helper()
	if _, err := os.Stat(v.file("disk")); err != nil {
		v.format(m)
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil { // a container's /dev may lack it
		must(m.t, "mkdir", "-p", "/dev/net")
		must(m.t, "mknod", "/dev/net/tun", "c", "10", "200")
	}
	if exec.Command("ip", "link", "show", m.link()).Run() != nil {
		must(m.t, "ip", "tuntap", "add", "dev", m.link(), "mode", "tap")
		must(m.t, "ip", "addr", "add", fmt.Sprintf("100.64.%d.1/30", m.number), "dev", m.link())
		must(m.t, "ip", "link", "set", m.link(), "up")
	}
	os.Remove(v.file("port"))
	args := []string{
		"-nodefaults", "-no-user-config", "-accel", "tcg", "-cpu", "max", "-m", "512M", "-display", "none",
		"-monitor", "stdio", "-serial", "file:" + v.file("said"),
		"-kernel", v.linux.Kernel, "-initrd", v.file("initrd"),
		"-append", "console=ttyS0 quiet net.ifnames=0 mitigations=off norandmaps systemd.condition_needs_update=0",
		"-drive", "if=virtio,format=raw,readonly=on,file=" + v.usr(),
		"-drive", "if=virtio,format=raw,file=" + v.file("disk"),
		"-netdev", "tap,id=cable,script=no,downscript=no,ifname=" + m.link(), "-device", "virtio-net-pci,netdev=cable,romfile=",
		"-device", "virtio-serial-pci", "-chardev", "socket,id=port,server=on,wait=off,path=" + v.file("port"), "-device", "virtserialport,chardev=port",
	}
	if v.saved != "" {
		args = append(args, "-incoming", "exec:cat "+v.saved)
	}
	v.qemu = exec.Command(v.linux.QEMU, args...)
	v.qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	v.qemu.Stderr = &said
	v.input, _ = v.qemu.StdinPipe()
	if err := v.qemu.Start(); err != nil {
		m.t.Fatal(err)
	}
	if err := v.wait(m, 2*time.Minute); err != nil {
		text, _ := os.ReadFile(v.file("said"))
		m.t.Fatalf("%s does not start: %v\n%s%s", m.name, err, said.String(), text)
	}
}

// wait waits until the console answers, and then sshd.
func (v *virtual) wait(m *machine, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	dial := func(network, address string) (conn net.Conn, err error) {
		for {
			if conn, err = net.DialTimeout(network, address, time.Second); err == nil || time.Now().After(deadline) {
				return conn, err
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	var err error
	if v.port, err = dial("unix", v.file("port")); err != nil {
		return err
	}
	v.port.SetDeadline(deadline)
	setup := "true"
	if v.saved != "" {
		v.saved = ""
		setup = "echo " + m.address + " >/etc/address; systemctl restart network.service; sync"
	}
	if out, err := v.console(setup); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	v.port.SetDeadline(time.Time{})
	sshd, err := dial("tcp", m.address+":22")
	if err == nil {
		sshd.Close()
	}
	return err
}

func (v *virtual) kill() {
	if v.qemu != nil {
		v.qemu.Process.Kill()
		v.qemu.Wait()
		v.qemu = nil
	}
	if v.port != nil {
		v.port.Close()
	}
}

// save stops the machine and keeps its state, for others to begin with.
func (v *virtual) save(t testing.TB) {
	t.Helper()
	fmt.Fprintf(v.input, "migrate \"exec:cat >%s\"\nquit\n", v.file("state"))
	if err := v.qemu.Wait(); err != nil {
		t.Fatal(err)
	}
	v.port.Close()
	v.qemu = nil
}

// clone returns a machine in the state that was saved, on a network of its own.
func (m *machine) clone(t testing.TB) *machine {
	t.Helper()
	v := m.hardware.(*virtual)
	copied := *v
	copied.dir, copied.saved = t.TempDir(), v.file("state")
	must(t, "cp", "--sparse=always", v.file("disk"), v.file("initrd"), copied.dir)
	c := *m
	c.t, c.hardware = t, &copied
	c.connect()
	t.Cleanup(c.kill)
	c.start(&c)
	return &c
}
