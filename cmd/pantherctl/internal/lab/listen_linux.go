package lab

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// listen opens the node's ports, for IPv4 and IPv6 at once. TCP needs no
// program: the kernel completes connections by itself. UDP has an echo.
func (n *node) listen() error {
	for _, p := range n.Listen {
		kind := unix.SOCK_STREAM
		if p.Protocol == "udp" {
			kind = unix.SOCK_DGRAM
		}
		fd, err := unix.Socket(unix.AF_INET6, kind|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			err = unix.Bind(fd, &unix.SockaddrInet6{Port: int(p.Number)})
		}
		if err == nil && p.Protocol == "tcp" {
			err = unix.Listen(fd, 4096)
		}
		if err != nil {
			return fmt.Errorf("listening on %s: %w", p, err)
		}
		if p.Protocol == "udp" {
			if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1); err != nil {
				return err
			}
			go echo(fd)
		}
	}
	return nil
}

// echo answers from the address that was asked, of the many a node may have.
func echo(fd int) {
	var data [64]byte
	var control [128]byte
	for {
		size, about, _, from, err := unix.Recvmsg(fd, data[:], control[:], 0)
		if err == nil {
			// An answer that a firewall refuses is what the probe is to find.
			_ = unix.Sendmsg(fd, data[:size], control[:about], from, 0)
		}
	}
}
