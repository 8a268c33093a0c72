package lab

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// sourcesAtOnce is how many nodes send at the same time.
const sourcesAtOnce = 8

// socketsAtOnce is how many answers one source waits for at the same time: at
// most 3000, and within what a process may hold open beside the listeners.
func (l *lab) socketsAtOnce() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 100
	}
	held := 200 // what Go, netlink and nft need
	for _, n := range l.nodes {
		held += len(n.Listen) + 4
	}
	free := int(min(limit.Cur, 1<<20)) - held
	return max(20, min(3000, free/sourcesAtOnce))
}

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
		atOnce = l.socketsAtOnce()
	)
	for source, own := range bySource {
		n, ok := l.nodes[source]
		if !ok {
			return nil, fmt.Errorf("a probe comes from %s, which is no node", source)
		}
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			for part := range slices.Chunk(own, atOnce) {
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
	open := 0
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
				open++
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
	for open > 0 {
		left := time.Until(until).Milliseconds()
		if left <= 0 {
			break
		}
		ready, err := unix.Poll(waiting, int(left))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		if ready > 0 {
			until = time.Now().Add(patience) // others are on their way too
		}
		for i := range waiting {
			if waiting[i].Fd >= 0 && waiting[i].Revents != 0 {
				open--
				results[which[i]].Outcome = answer(int(waiting[i].Fd), results[which[i]].Port)
				waiting[i].Fd = -waiting[i].Fd // poll passes over it
			}
		}
	}
	return nil
}

// none stands for a probe that waits for nothing: poll passes over it.
const none = -1 << 31

func abs(fd int32) int { return int(max(fd, -fd)) }
