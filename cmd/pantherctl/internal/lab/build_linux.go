package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// lab is the namespaces of a topology. Its own namespace holds the segments, a
// bridge each.
type lab struct {
	nodes  map[string]*node
	faults []Fault
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
	l.faults = l.configure(ctx, w.NFT)
	return l, nil
}

// configure sets the nodes up, several at once.
func (l *lab) configure(ctx context.Context, nft string) []Fault {
	var (
		wg     sync.WaitGroup
		lock   sync.Mutex
		faults []Fault
	)
	for _, n := range l.nodes {
		wg.Go(func() {
			for _, err := range n.configure(ctx, nft) {
				lock.Lock()
				faults = append(faults, Fault{n.Name, err.Error()})
				lock.Unlock()
			}
		})
	}
	wg.Wait()
	return faults
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

func newBridge(name string) (netlink.Link, error) {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	off := false
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &off}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, err
	}
	return bridge, netlink.LinkSetUp(bridge)
}

// plug gives the node an interface whose other end is in a bridge.
func (n *node) plug(link Link, bridge netlink.Link, end string) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = end
	attrs.MasterIndex = bridge.Attrs().Index
	pair := &netlink.Veth{LinkAttrs: attrs, PeerName: link.Interface, PeerNamespace: netlink.NsFd(n.space)}
	if err := netlink.LinkAdd(pair); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(pair); err != nil {
		return err
	}
	own, err := n.links.LinkByName(link.Interface)
	if err != nil {
		return err
	}
	if err := n.links.LinkSetUp(own); err != nil {
		return err
	}
	for _, address := range link.Addresses {
		ip := &netlink.Addr{IPNet: network(address)}
		if address.Addr().Is6() {
			ip.Flags = unix.IFA_F_NODAD // else it cannot be used for a second
		}
		if err := n.links.AddrAdd(own, ip); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
		if address.Bits() == 0 {
			// For a network of all addresses the kernel makes no route.
			route := &netlink.Route{LinkIndex: own.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: network(address.Masked())}
			if err := n.links.RouteAdd(route); err != nil {
				return fmt.Errorf("the route to %s: %w", address.Masked(), err)
			}
		}
	}
	return nil
}

func network(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// configure writes sysctls, loads the ruleset and opens the ports. Each error
// is one thing that could not be done.
func (n *node) configure(ctx context.Context, nft string) []error {
	var errs []error
	err := n.inside(func() error {
		for key, value := range n.Sysctl {
			path := filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/"))
			if err := os.WriteFile(path, []byte(value), 0o644); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
				errs = append(errs, fmt.Errorf("sysctl %s: %w", key, err))
			}
		}
		if n.Ruleset != "" {
			_, err := run.System{}.Run(ctx, run.Command{Name: nft, Args: []string{"-f", "-"}, Stdin: n.Ruleset})
			if err != nil {
				errs = append(errs, fmt.Errorf("its ruleset was refused, so nothing of it is in force: %w", err))
			}
		}
		return n.listen()
	})
	if err != nil {
		errs = append(errs, err)
	}
	return errs
}
