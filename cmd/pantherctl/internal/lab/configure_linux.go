package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// configure writes sysctls, adds routes, loads the ruleset and opens the
// ports. What cannot be done is a fault, and the rest is done all the same.
func (n *node) configure(ctx context.Context, l *lab, nft string) {
	err := n.inside(func() error {
		if err := n.neighbourly(); err != nil {
			return err
		}
		// In order, as systemd-sysctl does: ip_forward, for one, resets others.
		keys := slices.Sorted(maps.Keys(n.Sysctl))
		for _, key := range keys {
			if _, err := write(key, n.Sysctl[key]); err != nil {
				l.fault(n, fmt.Errorf("sysctl %s: %w", key, err))
			}
		}
		if err := n.route(); err != nil {
			l.fault(n, err)
		}
		if n.Ruleset != "" {
			if err := load(ctx, nft, n.Ruleset); err != nil {
				l.fault(n, fmt.Errorf("its ruleset was refused, so nothing of it is in force: %w", err))
			}
		}
		if n.Double != "" {
			if err := load(ctx, nft, n.Double); err != nil {
				l.fault(n, fmt.Errorf("the rules that stand for a program of it were refused: %w", err))
			}
		}
		// Read only now: conntrack, for one, comes with the ruleset.
		for _, key := range keys {
			l.readBack(n, key, n.Sysctl[key])
		}
		if err := os.WriteFile(sysctlFile(pingSysctl), []byte("0 0"), 0o644); err != nil {
			return err
		}
		return n.listen()
	})
	if err != nil {
		l.fault(n, err)
	}
}

func load(ctx context.Context, nft, ruleset string) error {
	_, err := run.System{}.Run(ctx, run.Command{Name: nft, Args: []string{"-f", "-"}, Stdin: []byte(ruleset)})
	return err
}

// write sets a sysctl of the namespace, and reports whether it can. Those that
// namespaces do not have, or may not set, belong to the whole machine.
func write(key, value string) (own bool, err error) {
	err = os.WriteFile(sysctlFile(key), []byte(value), 0o644)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return false, nil
	}
	return err == nil, err
}

// readBack writes a sysctl once more and notes what it reads as.
func (l *lab) readBack(n *node, key, value string) {
	now := Sysctl{Node: n.Name, Key: key, Want: value}
	if own, err := write(key, value); err != nil {
		return // told before
	} else if own {
		got, _ := os.ReadFile(sysctlFile(key))
		now.Got = strings.Join(strings.Fields(string(got)), " ")
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.sysctls = append(l.sysctls, now)
}

// sysctlFile is where the kernel has a setting. In sysctl.d(5) a name with a
// slash in it keeps its dots: net/ipv4/conf/eth0.7/rp_filter.
func sysctlFile(key string) string {
	if i := strings.IndexAny(key, "./"); i < 0 || key[i] == '.' {
		key = strings.NewReplacer(".", "/", "/", ".").Replace(key)
	}
	return filepath.Join("/proc/sys", key)
}
