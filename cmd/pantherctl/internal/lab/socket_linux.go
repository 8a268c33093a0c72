package lab

import (
	"errors"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

func awaited(p Port) int16 {
	if p.Protocol == "tcp" {
		return unix.POLLOUT
	}
	return unix.POLLIN
}

func sockaddr(a netip.Addr, port uint16) (family int, to unix.Sockaddr) {
	if a.Is6() {
		return unix.AF_INET6, &unix.SockaddrInet6{Port: int(port), Addr: a.As16()}
	}
	return unix.AF_INET, &unix.SockaddrInet4{Port: int(port), Addr: a.As4()}
}

// send starts one probe. The socket belongs to the namespace of this thread.
func send(p Probe) (int, error) {
	family, to := sockaddr(p.Address, p.Port.Number)
	kind, protocol, payload := unix.SOCK_STREAM, 0, []byte(nil)
	switch p.Port.Protocol {
	case "udp":
		kind, payload = unix.SOCK_DGRAM, []byte("pantherctl")
	case "icmp":
		kind, protocol, payload = unix.SOCK_DGRAM, unix.IPPROTO_ICMP, []byte{8, 0, 0, 0, 0, 0, 0, 1}
		if family == unix.AF_INET6 {
			protocol, payload[0] = unix.IPPROTO_ICMPV6, 128
		}
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return 0, err
	}
	if kind == unix.SOCK_STREAM {
		// A reset at the end leaves nothing behind at the other side.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	if p.Source.IsValid() {
		_, from := sockaddr(p.Source, 0)
		err = unix.Bind(fd, from)
	}
	if err == nil {
		err = unix.Connect(fd, to)
	}
	if err == nil && payload != nil {
		_, err = unix.Write(fd, payload)
	}
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		_ = unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

// refusal reports whether an error is an answer of the network or of our own
// firewall: for a packet that its rules do not let out, sending fails.
func refusal(err error) bool {
	return slices.ContainsFunc([]error{
		unix.ECONNREFUSED, unix.ECONNRESET, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES, unix.EPERM,
	}, func(e error) bool { return errors.Is(err, e) })
}

// answer reads what came back for a probe.
func answer(fd int, p Port) Outcome {
	if code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
		return Refused
	}
	if p.Protocol != "tcp" {
		if n, err := unix.Read(fd, make([]byte, 64)); err != nil || n == 0 {
			return Refused
		}
	}
	return Open
}
