package deploy

// Doubles of NixOS's programs on a target, and of nixos-rebuild and
// nix-copy-closure at the deployer.

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// doubles are the programs this test program can be called as.
var doubles map[string]func([]string) int

func init() {
	doubles = map[string]func([]string) int{
		"switch-to-configuration": switchToConfiguration,
		"systemd-run":             busProgram("systemd-run"),
		"systemctl":               busProgram("systemctl"),
		"nix-env":                 nixEnv,
		"sudo":                    sudo,
		"nixos-rebuild":           nixosRebuild,
		"nix-copy-closure":        nixCopyClosure,
		"slow-relay":              slowRelay,
		"ip":                      routeGet,
		"console":                 consoleMain,
	}
}

// behaviour reads what a test wants of a system: words "name" or "name=value".
func behaviour(top string) func(name string) (string, bool) {
	text, _ := os.ReadFile(top + "/behaviour")
	return func(name string) (string, bool) {
		for _, w := range strings.Fields(string(text)) {
			if k, v, _ := strings.Cut(w, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
}

// switchToConfiguration really swaps /etc and /run/current-system, and has
// systemd load the ruleset and restart sshd.
func switchToConfiguration(args []string) int {
	top := filepath.Dir(filepath.Dir(os.Args[0]))
	says := behaviour(top)
	lock, err := os.OpenFile("/run/switch-to-configuration.lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "Could not acquire lock")
		return 1
	}
	action := args[0]
	if action == "boot" {
		if _, bad := says("no-boot"); bad {
			fmt.Fprintln(os.Stderr, "Failed to install bootloader")
			return 1
		}
		return must0(os.WriteFile("/boot/default", []byte(top), 0o644))
	}
	if _, inhibited := says("inhibit"); inhibited && action == "test" && os.Getenv("NIXOS_NO_CHECK") == "" {
		fmt.Fprintln(os.Stderr, "There are changes to critical components of the system:\nPre-switch check 'switchInhibitors' failed\nPre-switch checks failed")
		return 1
	}
	pause(says, "slow")
	fmt.Fprintln(os.Stderr, "activating the configuration...")
	if _, bad := says("exit-2"); bad {
		fmt.Fprintln(os.Stderr, "Activation script snippet 'users' failed (1)")
		return 2
	}
	for _, f := range []string{"ssh/sshd_config", "passwd", "group", "sudoers", "ruleset.nft"} {
		text, _ := os.ReadFile(top + "/etc/" + f)
		os.WriteFile("/etc/"+f, text, 0o644)
	}
	os.RemoveAll("/etc/ssh/authorized")
	os.Symlink(top+"/etc/ssh/authorized", "/etc/ssh/authorized")
	os.Remove("/run/current-system.new")
	os.Symlink(top, "/run/current-system.new")
	os.Rename("/run/current-system.new", "/run/current-system")
	if _, bad := says("exit-3"); bad {
		fmt.Fprintln(os.Stderr, "Failed to reload systemd manager configuration")
		return 3
	}
	if action == "start-of-machine" {
		return 0 // what is yet to start needs no restart
	}
	code := restart(says)
	pause(says, "slow-end")
	if code == 4 {
		fmt.Fprintln(os.Stderr, "warning: error(s) occurred while switching to the new configuration")
	}
	if _, bad := says("exit-100"); bad {
		fmt.Fprintln(os.Stderr, "init interface version changed; reboot needed")
		return 100
	}
	return code
}

// restart is what the real one does to units: nftables.service is one of those
// it reloads, which leaves the old rules in place where the new are refused.
func restart(says func(string) (string, bool)) (code int) {
	commands := []string{"systemctl reset-failed", "systemctl daemon-reload", "systemctl reload-or-restart nftables.service", "systemctl restart sshd.service"}
	if _, changed := says("reexec"); changed { // systemd itself
		commands = append([]string{"systemctl daemon-reexec"}, commands...)
	}
	if unit, bad := says("loop-unit"); bad { // which the real one counts as failed
		commands = append(commands, "systemd-run --quiet --unit="+unit+" -p Restart=always -p RestartSec=600 /bin/false", "false")
	}
	if unit, bad := says("fail-unit"); bad {
		commands = append(commands, "systemd-run --quiet --wait --unit="+unit+" /bin/false")
	}
	if unit, bad := says("refuse"); bad { // to be reloaded, which leaves it as it was
		fmt.Fprintln(os.Stderr, "Failed to reload "+unit)
		code = 4
	}
	for _, c := range commands {
		words := strings.Fields(c)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Stderr = os.Stderr
		if cmd.Run() != nil {
			code = 4
		}
	}
	return code
}

func pause(says func(string) (string, bool), name string) {
	if v, ok := says(name); ok {
		d, _ := time.ParseDuration(v)
		time.Sleep(d)
	}
}

func must0(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// nixEnv is nix-env -p PROFILE --set PATH.
func nixEnv(args []string) int {
	if len(args) != 4 || args[0] != "-p" || args[2] != "--set" {
		fmt.Fprintln(os.Stderr, "nix-env: unknown arguments", args)
		return 1
	}
	profile, top := args[1], args[3]
	if _, bad := behaviour(top)("no-profile"); bad {
		fmt.Fprintln(os.Stderr, "error: No space left on device")
		return 1
	}
	links, _ := filepath.Glob(profile + "-*-link")
	link := fmt.Sprintf("%s-%d-link", profile, len(links)+1)
	if err := os.Symlink(top, link); err != nil {
		return must0(err)
	}
	os.Remove(profile + ".tmp")
	os.Symlink(filepath.Base(link), profile+".tmp")
	return must0(os.Rename(profile+".tmp", profile))
}

// sudo lets those become root whom /etc/sudoers of the double names, a user
// on each line.
func sudo(args []string) int {
	who, err := user.LookupId(strconv.Itoa(os.Getuid()))
	text, _ := os.ReadFile("/etc/sudoers")
	if err != nil || !slices.Contains(strings.Fields(string(text)), who.Username) {
		fmt.Fprintln(os.Stderr, "sudo: a password is required")
		return 1
	}
	if len(args) > 0 && args[0] == "-n" {
		args = args[1:]
	}
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(0), syscall.Setuid(0)); err != nil {
		return must0(err)
	}
	os.Setenv("PATH", "/run/wrappers/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin")
	program, err := exec.LookPath(args[0])
	if err != nil {
		return must0(err)
	}
	return must0(syscall.Exec(program, args, os.Environ()))
}

// nixosRebuild speaks the contract of nixos-rebuild-ng and of the shell
// program before it. DOUBLE_BUILDS says what is built for a host, DOUBLE_ARGV
// is the file where the arguments are kept.
func nixosRebuild(args []string) int {
	if name := os.Getenv("DOUBLE_ARGV"); name != "" {
		f, _ := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		fmt.Fprintln(f, strings.Join(args, " "))
		f.Close()
	}
	old := os.Getenv("DOUBLE_OLD") != ""
	known := map[string]bool{"--flake": true, "--target-host": true, "--no-reexec": false, "--sudo": false, "--build-host": true}
	if old {
		known = map[string]bool{"--flake": true, "--target-host": true, "--fast": false, "--use-remote-sudo": false, "--build-host": true}
	}
	options := map[string]string{}
	for i := 1; i < len(args); i++ {
		value, ok := known[args[i]]
		if !ok {
			fmt.Fprintln(os.Stderr, "nixos-rebuild: error: unrecognized arguments:", args[i])
			return 2
		}
		name := args[i]
		if value {
			i++
		}
		options[name] = args[i]
	}
	_, host, _ := strings.Cut(options["--flake"], "#")
	top := os.Getenv("DOUBLE_BUILDS_" + host)
	if top == "" {
		top = os.Getenv("DOUBLE_BUILDS")
	}
	if top == "" {
		fmt.Fprintln(os.Stderr, "error: attribute missing")
		return 1
	}
	fmt.Fprintln(os.Stderr, "building the system configuration...")
	os.Symlink(top, "result")
	if args[0] == "build" {
		if !old {
			fmt.Println(top)
		}
		return 0
	}
	if then := os.Getenv("DOUBLE_TEST_BUILDS"); then != "" {
		top = then
	}
	if options["--target-host"] == "" {
		cmd := exec.Command(top+"/bin/switch-to-configuration", "test")
		cmd.Stderr = os.Stderr
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode()
		}
		return must0(err)
	}
	ssh := append(strings.Fields(os.Getenv("NIX_SSHOPTS")), options["--target-host"], "--")
	for _, remote := range []string{
		"test -f " + top + "/nixos-version",
		"test -d /run/systemd/system",
		"sudo env NIXOS_INSTALL_BOOTLOADER=0 systemd-run -E LOCALE_ARCHIVE -E NIXOS_INSTALL_BOOTLOADER --collect --no-ask-password --pipe --quiet --service-type=exec --unit=nixos-rebuild-switch-to-configuration " + top + "/bin/switch-to-configuration test",
	} {
		cmd := exec.Command("ssh", append(slices.Clone(ssh), remote)...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			fmt.Fprintf(os.Stderr, "Command 'ssh' returned non-zero exit status %d.\n", exit.ExitCode())
			return exit.ExitCode()
		}
	}
	fmt.Fprintln(os.Stderr, "Done. The new configuration is", top)
	return 0
}

// nixCopyClosure reaches the host as the real one does.
func nixCopyClosure(args []string) int {
	if len(args) != 3 || args[0] != "--to" {
		return 1
	}
	cmd := exec.Command("ssh", append(strings.Fields(os.Getenv("NIX_SSHOPTS")), args[1], "--", "test -d "+args[2])...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "error: unexpected end-of-file")
		return 1
	}
	return 0
}

// routeGet is ip -oneline route get CLIENT from SERVER, where all is on one cable.
func routeGet(args []string) int {
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			if server, _, _ := strings.Cut(a.String(), "/"); server == args[5] {
				fmt.Printf("%s from %s dev %s uid 0 \\    cache\n", args[3], server, i.Name)
				return 0
			}
		}
	}
	fmt.Fprintln(os.Stderr, "RTNETLINK answers: Network is unreachable")
	return 2
}

// slowRelay passes bytes on 50 ms late, each way.
func slowRelay([]string) int {
	conn, err := net.Dial("tcp", os.Getenv("DOUBLE_RELAY"))
	if err != nil {
		return must0(err)
	}
	late := func(to io.Writer, from io.Reader, end func()) {
		type piece struct {
			due  time.Time
			data []byte
		}
		pieces := make(chan piece, 4096)
		go func() {
			defer close(pieces)
			for {
				buffer := make([]byte, 32<<10)
				n, err := from.Read(buffer)
				if err != nil {
					return
				}
				pieces <- piece{time.Now().Add(50 * time.Millisecond), buffer[:n]}
			}
		}()
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			to.Write(p.data)
		}
		end()
	}
	go late(conn, os.Stdin, func() { conn.(*net.TCPConn).CloseWrite() })
	late(os.Stdout, conn, func() {})
	return 0
}
