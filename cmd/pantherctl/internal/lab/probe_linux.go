package lab

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// The lab waits for the answers of many probes at once, within what a process
// may hold open.
const (
	sourcesAtOnce = 4
	socketsAtOnce = 3000 // of one source
)

// probe sends every probe and waits for its answer.
func (l *lab) probe(w Work) ([]Result, error) {
	results := make([]Result, len(w.Probes))
	bySource := map[string][]int{}
	for i, p := range w.Probes {
		results[i].Probe = p
		bySource[p.From] = append(bySource[p.From], i)
	}
	var (
		wg     sync.WaitGroup
		lock   sync.Mutex
		failed error
		turns  = make(chan struct{}, sourcesAtOnce)
	)
	for source, own := range bySource {
		n, ok := l.nodes[source]
		if !ok {
			return nil, fmt.Errorf("a probe comes from %s, which is no node", source)
		}
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			for part := range slices.Chunk(own, socketsAtOnce) {
				if err := n.probe(results, part, w.Patience); err != nil {
					lock.Lock()
					failed = errors.Join(failed, fmt.Errorf("%s: %w", source, err))
					lock.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return results, failed
}

// probe sends some of the probes from inside the node and fills in outcomes.
func (n *node) probe(results []Result, which []int, patience time.Duration) error {
	waiting := make([]unix.PollFd, len(which))
	for i := range waiting {
		waiting[i].Fd = none
	}
	err := n.inside(func() error {
		for i, at := range which {
			results[at].Outcome = Dropped
			fd, err := send(results[at].Probe)
			switch {
			case refusal(err):
				results[at].Outcome = Refused
			case err != nil:
				return fmt.Errorf("%s: %w", results[at].Probe, err)
			default:
				waiting[i] = unix.PollFd{Fd: int32(fd), Events: awaited(results[at].Port)}
			}
		}
		return nil
	})
	defer func() {
		for _, w := range waiting {
			if w.Fd != none {
				_ = unix.Close(abs(w.Fd))
			}
		}
	}()
	if err != nil {
		return err
	}
	until := time.Now().Add(patience)
	for {
		left := time.Until(until).Milliseconds()
		if left <= 0 {
			return nil
		}
		ready, err := unix.Poll(waiting, int(left))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for i := range waiting {
			if ready <= 0 {
				break
			}
			if waiting[i].Fd >= 0 && waiting[i].Revents != 0 {
				ready--
				results[which[i]].Outcome = answer(int(waiting[i].Fd), results[which[i]].Port)
				waiting[i].Fd = -waiting[i].Fd // poll passes over it
			}
		}
	}
}

// none stands for a probe that waits for nothing: poll passes over it.
const none = -1 << 31

func abs(fd int32) int { return int(max(fd, -fd)) }

func awaited(p Port) int16 {
	if p.Protocol == "udp" {
		return unix.POLLIN
	}
	return unix.POLLOUT
}

// send starts one probe. The socket belongs to the namespace of this thread.
func send(p Probe) (int, error) {
	family, kind := unix.AF_INET, unix.SOCK_STREAM
	var to unix.Sockaddr
	if p.Address.Is6() {
		family = unix.AF_INET6
		to = &unix.SockaddrInet6{Port: int(p.Port.Number), Addr: p.Address.As16()}
	} else {
		to = &unix.SockaddrInet4{Port: int(p.Port.Number), Addr: p.Address.As4()}
	}
	if p.Port.Protocol == "udp" {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if kind == unix.SOCK_STREAM {
		// A reset at the end leaves nothing behind at the other side.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	err = unix.Connect(fd, to)
	if err == nil && kind == unix.SOCK_DGRAM {
		_, err = unix.Write(fd, []byte("pantherctl"))
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
	if p.Protocol == "udp" {
		if n, err := unix.Read(fd, make([]byte, 64)); err != nil || n == 0 {
			return Refused
		}
	}
	return Open
}
