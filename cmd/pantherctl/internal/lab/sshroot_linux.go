package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// root makes a root folder for this thread and the programs it starts: this
// machine's programs, and the host's accounts and what sshd reads. sshd insists
// that all folders above a key belong to root alone, which in a namespace of
// users only those do that are made there.
func (d SSHD) root() error {
	const root = "/tmp"
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	top, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range top {
		own := map[string][]string{
			"etc": {"passwd", "group", "shadow", "nsswitch.conf", "ssh", "pam.d"},
			"run": {"sshd", "nscd"}, // the daemon knows this machine's accounts
		}[e.Name()]
		switch {
		case e.Name() == "tmp":
		case own != nil:
			err = beside(root, e.Name(), own)
		default:
			err = bind(root, e.Name(), e.Name())
		}
		if err != nil {
			return fmt.Errorf("/%s: %w", e.Name(), err)
		}
	}
	for _, dir := range []string{"tmp", "run/sshd", "etc/pam.d", "etc/ssh/authorized_keys.d"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	for name, text := range d.texts() {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	// The new root over the old one, and the old one away (pivot_root(2)).
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	return unix.Unmount(".", unix.MNT_DETACH)
}

// texts are the files that make this machine the host, for sshd.
func (d SSHD) texts() map[string]string {
	texts := map[string]string{
		"etc/ssh/sshd_config": hostKeysFirst(d),
		"etc/passwd":          d.Passwd,
		"etc/group":           d.Group,
		"etc/nsswitch.conf":   "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
		// Who gets in by a key does not depend on PAM, and no password is right.
		"etc/pam.d/sshd": "auth required pam_deny.so\naccount required pam_permit.so\nsession required pam_permit.so\n",
	}
	for user, lines := range d.Authorized {
		texts["etc/ssh/authorized_keys.d/"+user] = lines
	}
	return texts
}

// beside makes a folder of the new root with links to all that is in the old
// one, but for some names.
func beside(root, dir string, but []string) error {
	hidden := "." + dir
	if err := bind(root, dir, hidden); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
		return err
	}
	list, err := os.ReadDir("/" + dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if slices.Contains(but, e.Name()) {
			continue
		}
		if err := os.Symlink(filepath.Join("/", hidden, e.Name()), filepath.Join(root, dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// bind puts a folder or link of the old root into the new one.
func bind(root, name, as string) error {
	from, to := "/"+name, filepath.Join(root, as)
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case info.IsDir():
		if err := os.Mkdir(to, 0o755); err != nil {
			return err
		}
		return unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
	}
	return nil // sshd needs no file of the root itself
}
