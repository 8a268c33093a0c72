package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

var matched = regexp.MustCompile(`(?m)^Lines: (\d+) lines, \d+ ignored, (\d+) matched`)

// bans has fail2ban's own filter for sshd read what an sshd logged, and says
// what it made of it. The filter is that of this machine, and the lines go
// under the name that every version of it knows.
func bans(ctx context.Context, log []string) (said string, unread bool) {
	const file = "/tmp/auth.log"
	var text strings.Builder
	for _, line := range log {
		fmt.Fprintf(&text, "Jan  1 00:00:00 host sshd[1]: %s\n", line)
	}
	var out []byte
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the file ends with the thread
		done <- func() (err error) {
			if err = unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
				return err
			}
			if err = syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, "mode=755"); err != nil {
				return err
			}
			if err = os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
				return err
			}
			out, err = run.System{}.Run(ctx, run.Command{Name: "fail2ban-regex", Args: []string{file, "sshd"}})
			return err
		}()
	}()
	err := <-done
	m := matched.FindSubmatch(out)
	switch {
	case errors.Is(err, run.ErrNotFound):
		return "fail2ban-regex is not in PATH", false
	case m == nil:
		return fmt.Sprintf("fail2ban-regex cannot be asked: %v", err), false
	}
	return fmt.Sprintf("of %s lines it counts %s", m[1], m[2]), string(m[2]) == "0"
}
