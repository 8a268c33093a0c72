package lab

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// tracing is the table that marks every packet for `nft monitor trace`.
const tracing = `table inet pantherctl-trace {
  chain input { type filter hook prerouting priority -500; meta nftrace set 1; }
  chain output { type filter hook output priority -500; meta nftrace set 1; }
}
`

// settle is how long nft takes until it hears of packets.
const settle = 60 * time.Millisecond

// trace sends one probe after the other and tells what rules its packets met at
// both ends.
func (l *lab) trace(ctx context.Context, w Work) ([]Result, error) {
	for _, n := range l.nodes {
		err := n.inside(func() error {
			_, err := run.System{}.Run(ctx, run.Command{Name: w.NFT, Args: []string{"-f", "-"}, Stdin: tracing})
			return err
		})
		if err != nil {
			l.faults = append(l.faults, Fault{n.Name, "its packets cannot be traced: " + err.Error()})
		}
	}
	results := make([]Result, len(w.Probes))
	for i, p := range w.Probes {
		results[i].Probe = p
		src, dst := l.nodes[p.From], l.nodes[p.To]
		stories := make([][]string, 2)
		var wg sync.WaitGroup
		watching, cancel := context.WithTimeout(ctx, 2*settle+w.Patience)
		for j, n := range []*node{src, dst} {
			wg.Go(func() { stories[j] = n.watch(watching, w.NFT, p.Port) })
		}
		time.Sleep(settle)
		err := src.probe(results, []int{i}, w.Patience)
		wg.Wait()
		cancel()
		if err != nil {
			return nil, err
		}
		for j, end := range []string{p.From, p.To} {
			for _, step := range stories[j] {
				results[i].Story = append(results[i].Story, end+": "+step)
			}
		}
	}
	return results, nil
}

// watch returns the steps of the first packet to a port that a node sees before
// the context ends.
func (n *node) watch(ctx context.Context, nft string, port Port) []string {
	var out []byte
	// On a thread of its own, so that the node's stays free to send.
	_ = n.aside(func() error {
		// It only ever ends by the context.
		out, _ = run.System{}.Run(ctx, run.Command{Name: nft, Args: []string{"monitor", "trace"}})
		return nil
	})
	var steps []string
	id, ours := "", fmt.Sprintf(" %s dport %d ", port.Protocol, port.Number)
	// trace id 1b6a43e9 inet nixos-fw input rule iifname "lo" accept (verdict accept)
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) < 8 || words[0] != "trace" {
			continue
		}
		packet := words[6] == "packet:"
		if packet && id == "" && strings.Contains(line, ours) {
			id = words[2]
		}
		if words[2] == id && !packet && words[4] != "pantherctl-trace" {
			steps = append(steps, strings.Join(words[4:], " "))
		}
	}
	return steps
}
