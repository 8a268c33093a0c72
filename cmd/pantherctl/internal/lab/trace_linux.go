package lab

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// tracing marks every packet for `nft monitor trace`. Its chains show which way
// the packet took through the kernel.
const (
	tracing = `table inet ` + tracingTable + ` {
  chain prerouting { type filter hook prerouting priority -500; meta nftrace set 1; }
  chain input { type filter hook input priority -500; meta nftrace set 1; }
  chain forward { type filter hook forward priority -500; meta nftrace set 1; }
  chain output { type filter hook output priority -500; meta nftrace set 1; }
}
`
)

// settle is how long nft takes to print what it has read.
const settle = 20 * time.Millisecond

// trace sends one probe after the other and tells what rules its packets met on
// their way and what the kernel made of them.
func (l *lab) trace(ctx context.Context, w Work) []Result {
	l.each(func(n *node) {
		if err := n.inside(func() error { return load(ctx, w.NFT, tracing) }); err != nil {
			l.fault(n, fmt.Errorf("its packets cannot be traced: %w", err))
		}
	})
	results := make([]Result, len(w.Probes))
	for i, p := range w.Probes {
		results[i].Probe = p
		way := slices.DeleteFunc([]*node{l.nodes[p.From], l.nodes[p.Via], l.nodes[p.To]}, func(n *node) bool { return n == nil })
		traces := make([]string, len(way))
		var wg sync.WaitGroup
		watching, cancel := context.WithCancel(ctx)
		for j, n := range way {
			wg.Go(func() { traces[j] = n.monitor(watching, w.NFT) })
		}
		for _, n := range way {
			n.await(func(listening bool, _ int) bool { return listening })
		}
		err := way[0].probe(results, []int{i}, w.Patience)
		for _, n := range way {
			n.await(func(_ bool, unread int) bool { return unread == 0 })
		}
		time.Sleep(settle)
		cancel()
		wg.Wait()
		if err != nil {
			results[i].Story = append(results[i].Story, err.Error())
		}
		for j, n := range way {
			seen := follow(traces[j], p)
			for _, step := range append(seen.Steps, n.remark(seen, p)...) {
				results[i].Story = append(results[i].Story, n.Name+": "+step)
			}
		}
	}
	return results
}

// monitor returns what nft tells of packets before the context ends. It runs
// on a thread of its own, so that the node's stays free to send.
func (n *node) monitor(ctx context.Context, nft string) string {
	var out []byte
	_ = n.aside(func() error {
		// It only ever ends by the context.
		out, _ = run.System{}.Run(ctx, run.Command{Name: nft, Args: []string{"monitor", "trace"}})
		return nil
	})
	return string(out)
}

// await waits, within reason, for a state of the socket by which nft monitor
// hears of packets in the node: whether there is one, and what it has not read.
func (n *node) await(reached func(listening bool, unread int) bool) {
	// NETLINK_NETFILTER, and the bit of NFNLGRP_NFTRACE among its groups.
	const family, group = 12, 1 << 8
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
		var table []byte
		_ = n.inside(func() (err error) {
			table, err = os.ReadFile("/proc/thread-self/net/netlink")
			return err
		})
		listening, unread := false, 0
		for line := range strings.Lines(string(table)) {
			var socket, port string
			var protocol, groups, queued int
			// sk Eth Pid Groups Rmem …
			if _, err := fmt.Sscanf(line, "%s %d %s %x %d", &socket, &protocol, &port, &groups, &queued); err == nil && protocol == family && groups&group != 0 {
				listening, unread = true, unread+queued
			}
		}
		if reached(listening, unread) {
			return
		}
	}
}

// remark says what became of a packet where no rule decided.
func (n *node) remark(seen path, p Probe) []string {
	switch {
	case n.Name == p.From:
		return nil
	case len(seen.Hooks) == 0:
		return []string{"the packet never came here"}
	case n.Name == p.Via && !slices.Contains(seen.Hooks, "forward") && !seen.Dropped:
		return []string{n.whyNotForwarded(seen, p)}
	case len(seen.Steps) == 0:
		return []string{"no rule judged the packet"}
	}
	return nil
}

func (n *node) whyNotForwarded(seen path, p Probe) string {
	key := "net.ipv4.conf." + seen.From + ".forwarding"
	if p.Address.Is6() {
		key = "net.ipv6.conf.all.forwarding"
	}
	var value []byte
	_ = n.inside(func() (err error) {
		value, err = os.ReadFile(sysctlFile(key))
		return err
	})
	if len(value) > 0 && value[0] == '0' {
		return "the kernel hands nothing on: " + key + " is 0"
	}
	return "the kernel did not hand it on"
}
