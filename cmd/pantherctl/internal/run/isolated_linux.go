package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// Isolated runs this very program with other arguments as the first process of
// namespaces of its own: network, mounts, processes and, unless we are root,
// users. It is root in there, and must call [Enter] before all else. When it
// ends, or we do, the kernel ends all that it started and removes all that it
// made.
//
// A user with a range of subordinate ids and newuidmap(1) has all of them in
// there, one without just root.
//
// The error is an [*ExitError], the context's, or says that the kernel refuses
// such namespaces.
func Isolated(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0] // a program may go by its name
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	start := cmd.Start
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		if uids, gids := subordinate("/etc/subuid"), subordinate("/etc/subgid"); uids != "" && gids != "" && mappers() {
			hears, tells, err := os.Pipe()
			if err != nil {
				return err
			}
			defer func() { _, _ = hears.Close(), tells.Close() }()
			cmd.ExtraFiles, cmd.Env = []*os.File{hears}, append(os.Environ(), waits+"="+forUsers)
			start = func() error { return startMapped(ctx, cmd, tells, uids, gids) }
		} else {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
		}
	}
	err := start()
	if err == nil {
		err = cmd.Wait()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return &ExitError{args[0], exit.ExitCode(), stderr.String()}
	}
	return errors.Join(err, ctx.Err())
}

// waits is set for a program that has to wait: until its users are mapped, and
// then for our end. Both it hears by its file 3.
const (
	waits    = "PANTHERCTL_WAITS"
	forUsers = "for users"
	forEnd   = "for the end"
	mapped   = "mapped"
)

// Enter waits until the users of a new namespace are known, and starts the
// program once more: it was nobody so far, and the kernel makes root of a
// program only when it starts. With that it forgets that the program is to end
// when its parent does (prctl(2), PR_SET_PDEATHSIG), so the program sees to it.
func Enter() error {
	const file = 3
	said := make([]byte, len(mapped))
	switch os.Getenv(waits) {
	case forUsers:
		if n, err := syscall.Read(file, said); err != nil || string(said[:n]) != mapped {
			return errors.New("newuidmap gave this namespace no users")
		}
		if err := os.Setenv(waits, forEnd); err != nil {
			return err
		}
		return syscall.Exec("/proc/self/exe", os.Args, os.Environ())
	case forEnd:
		syscall.CloseOnExec(file)
		go func() {
			_, _ = syscall.Read(file, said) // nothing more is said
			os.Exit(1)
		}()
	}
	return os.Unsetenv(waits)
}

// startMapped starts a program that waits, gives it its users, and tells it.
func startMapped(ctx context.Context, cmd *exec.Cmd, tells *os.File, uids, gids string) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	for name, ids := range map[string][]string{
		"newuidmap": {strconv.Itoa(os.Geteuid()), uids},
		"newgidmap": {strconv.Itoa(os.Getegid()), gids},
	} {
		args := append([]string{strconv.Itoa(cmd.Process.Pid), "0", ids[0], "1"}, strings.Fields(ids[1])...)
		if _, err := (System{}).Run(ctx, Command{Name: name, Args: args}); err != nil {
			_ = cmd.Process.Kill()
			return errors.Join(err, cmd.Wait())
		}
	}
	_, err := tells.WriteString(mapped)
	return err
}

// subordinate returns the arguments that map a user's range of ids to those
// from 1, "" if there is none (subuid(5)).
func subordinate(file string) string {
	me, err := user.Current()
	if err != nil {
		return ""
	}
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) == 3 && (f[0] == me.Username || f[0] == me.Uid) {
			return fmt.Sprintf("1 %s %s", f[1], f[2])
		}
	}
	return ""
}

func mappers() bool {
	_, err := exec.LookPath("newuidmap")
	_, other := exec.LookPath("newgidmap")
	return err == nil && other == nil
}

// ordinary has a program run as another user than root, in a namespace of users
// of its own.
func ordinary(attr *syscall.SysProcAttr) {
	const id = 1000
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Getegid(), Size: 1}}
}
