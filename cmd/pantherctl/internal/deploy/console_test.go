package deploy

// The console of a virtual machine: a port by which the laboratory runs commands
// in it, whatever has become of its network and its sshd.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// order is what the console is asked, and said what it answers.
type order struct {
	Script string
	Input  []byte
}

type said struct {
	Out    string
	Failed string
}

func (v *virtual) console(script string) (string, error) { return v.order(order{Script: script}) }

func (v *virtual) order(o order) (string, error) {
	var s said
	if err := json.NewEncoder(v.port).Encode(o); err != nil {
		return "", err
	}
	if err := json.NewDecoder(v.port).Decode(&s); err != nil {
		return "", fmt.Errorf("its console: %w", err)
	}
	if s.Failed != "" {
		return s.Out, errors.New(s.Failed)
	}
	return s.Out, nil
}

func (v *virtual) bring(m *machine, name string) {
	if v.qemu == nil {
		return // the disk is yet to be made
	}
	tar, err := exec.Command("tar", "-C", m.dir, "-c", "./"+name).Output()
	if err != nil {
		m.t.Fatal(err)
	}
	if out, err := v.order(order{"busybox tar -C / -x", tar}); err != nil {
		m.t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// serialPort waits where the other end is not there.
type serialPort int

func (p serialPort) Read(b []byte) (int, error) {
	for {
		if n, err := syscall.Read(int(p), b); n > 0 || err != nil && err != syscall.EINTR {
			return n, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (p serialPort) Write(b []byte) (int, error) { return syscall.Write(int(p), b) }

// consoleMain is the console's end in the machine: who holds the other may do
// anything.
func consoleMain([]string) int {
	ports, _ := filepath.Glob("/dev/vport*")
	fd, err := syscall.Open(append(ports, "no port")[0], syscall.O_RDWR, 0)
	if err != nil {
		return must0(err)
	}
	port := serialPort(fd)
	for orders := json.NewDecoder(port); ; {
		var o order
		if err := orders.Decode(&o); err != nil {
			return must0(err)
		}
		var s said
		cmd := exec.Command("/bin/sh", "-c", o.Script)
		cmd.Stdin = bytes.NewReader(o.Input)
		out, err := cmd.CombinedOutput()
		s.Out = string(out)
		if err != nil {
			s.Failed = err.Error()
		}
		if err := json.NewEncoder(port).Encode(s); err != nil {
			return must0(err)
		}
	}
}
