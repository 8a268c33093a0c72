package lab

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// lab is the namespaces of a topology. Its own namespace holds the segments, a
// bridge each.
type lab struct {
	nodes map[string]*node

	lock    sync.Mutex // of the two below
	faults  []Fault
	sysctls []Sysctl
}

// node is a namespace, entered by an operating system thread of its own.
type node struct {
	Node
	do    chan func()
	space netns.NsHandle
	links netlink.Handle // speaks to the kernel from inside
}

func build(ctx context.Context, w Work) (*lab, error) {
	l := &lab{nodes: map[string]*node{}}
	bridges := map[string]netlink.Link{}
	ends := 0
	for _, n := range w.Topology.Nodes {
		made, err := newNode(n)
		if err != nil {
			return nil, fmt.Errorf("%s: a network namespace: %w", n.Name, err)
		}
		l.nodes[n.Name] = made
		for _, link := range n.Links {
			bridge, ok := bridges[link.Segment]
			if !ok {
				if bridge, err = newBridge(fmt.Sprintf("segment%d", len(bridges))); err != nil {
					return nil, fmt.Errorf("segment %s: %w", link.Segment, err)
				}
				bridges[link.Segment] = bridge
			}
			ends++
			if err := made.plug(link, bridge, fmt.Sprintf("end%d", ends)); err != nil {
				return nil, fmt.Errorf("%s: interface %s: %w", n.Name, link.Interface, err)
			}
		}
	}
	l.each(func(n *node) { n.configure(ctx, l, w.NFT) })
	return l, nil
}

// each does something for every node, several at once.
func (l *lab) each(do func(*node)) {
	var wg sync.WaitGroup
	for _, n := range l.nodes {
		wg.Go(func() { do(n) })
	}
	wg.Wait()
}

func (l *lab) fault(n *node, err error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.faults = append(l.faults, Fault{n.Name, err.Error()})
}

// newNode starts a thread in a namespace of its own. What is sent to do runs
// there, one after the other, and so do the programs it starts.
func newNode(n Node) (*node, error) {
	made := &node{Node: n, do: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with us
		space, err := netns.New()
		made.space = space
		for _, of := range []string{"all", "default"} {
			if err == nil { // nobody else has its addresses: looking takes a second
				_, err = write("net.ipv6.conf."+of+".accept_dad", "0")
			}
		}
		ready <- err
		for work := range made.do {
			work()
		}
	}()
	if err := <-ready; err != nil {
		return nil, err
	}
	links, err := netlink.NewHandleAt(made.space)
	if err != nil {
		return nil, err
	}
	made.links = *links
	lo, err := links.LinkByName("lo")
	if err != nil {
		return nil, err
	}
	return made, links.LinkSetUp(lo)
}

// inside runs work in the node's namespace and waits for it.
func (n *node) inside(work func() error) error {
	done := make(chan error)
	n.do <- func() { done <- work() }
	return <-done
}

// aside runs work in the node's namespace on a thread that ends with it.
func (n *node) aside(work func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := netns.Set(n.space); err != nil {
			done <- err
			return
		}
		done <- work()
	}()
	return <-done
}
