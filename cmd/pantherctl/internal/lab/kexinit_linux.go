package lab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// askOffer reads the greeting of sshd and its first message.
func askOffer(c net.Conn, patience time.Duration) (Offer, error) {
	var o Offer
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return o, err
	}
	if _, err := io.WriteString(c, "SSH-2.0-pantherctl\r\n"); err != nil {
		return o, err
	}
	in := bufio.NewReader(c)
	line, err := in.ReadString('\n')
	if err != nil {
		return o, fmt.Errorf("it says nothing: %w", err)
	}
	o.Banner = strings.TrimSpace(line)
	// The length of the packet, that of its padding, the payload, the padding.
	var head [5]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return o, fmt.Errorf("it ends after its greeting: %w", err)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > 35000 || size < 22 {
		return o, errors.New("its first message has no sensible size")
	}
	packet := make([]byte, size-1)
	if _, err := io.ReadFull(in, packet); err != nil {
		return o, err
	}
	const kexinit, cookie = 20, 16
	if packet[0] != kexinit {
		return o, fmt.Errorf("its first message is number %d", packet[0])
	}
	rest := packet[1+cookie:]
	lists := make([][]string, 6) // kex, host keys, ciphers and MACs of both directions
	for i := range lists {
		if len(rest) < 4 || uint32(len(rest)-4) < binary.BigEndian.Uint32(rest) {
			return o, errors.New("its first message is cut short")
		}
		n := 4 + binary.BigEndian.Uint32(rest)
		if n > 4 {
			lists[i] = strings.Split(string(rest[4:n]), ",")
		}
		rest = rest[n:]
	}
	o.Kex, o.HostKeys, o.Ciphers, o.MACs = lists[0], lists[1], lists[3], lists[5]
	return o, nil
}
