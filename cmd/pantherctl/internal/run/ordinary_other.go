//go:build !linux

package run

import "syscall"

func ordinary(*syscall.SysProcAttr) {}
