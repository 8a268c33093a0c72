package lab

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// flood sends the floods, those to different hosts at once.
func (l *lab) flood(w Work) ([]Flooded, error) {
	var (
		done   = make([]Flooded, len(w.Floods))
		wg     sync.WaitGroup
		lock   sync.Mutex
		failed error
	)
	for i, f := range w.Floods {
		n, ok := l.nodes[f.From]
		if !ok {
			return nil, fmt.Errorf("a flood comes from %s, which is no node", f.From)
		}
		wg.Go(func() {
			var err error
			if done[i], err = n.flood(f, w.Patience); err != nil {
				lock.Lock()
				failed = errors.Join(failed, fmt.Errorf("%s: %w", f.From, err))
				lock.Unlock()
			}
		})
	}
	wg.Wait()
	return done, failed
}

// flood sends one flood from inside the node, and at its end one probe from
// another source.
func (n *node) flood(f Flood, patience time.Duration) (Flooded, error) {
	results := make([]Result, f.Count, f.Count+1)
	which := make([]int, f.Count, f.Count+1)
	for i := range results {
		results[i].Probe, which[i] = f.Probe, i
	}
	if f.Bystander.IsValid() {
		other := f.Probe
		other.Source = f.Bystander
		results, which = append(results, Result{Probe: other}), append(which, f.Count)
	}
	var d Flooded
	if err := n.probe(results, which, patience); err != nil {
		return d, err
	}
	for _, r := range results[:f.Count] {
		if r.Outcome == Open {
			d.Through++
		}
	}
	if f.Bystander.IsValid() {
		d.Bystander = results[f.Count].Outcome
	}
	if f.Recovers == 0 {
		return d, nil
	}
	time.Sleep(f.Recovers)
	again := []Result{{Probe: f.Probe}}
	err := n.probe(again, []int{0}, patience)
	d.Recovered = again[0].Outcome
	return d, err
}
