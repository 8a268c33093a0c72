package reach

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/schema"
)

// TestPantheros pins who reaches whom in the example with a tailnet.
func TestPantheros(t *testing.T) {
	n := network(t, example(t, "pantheros"))
	for _, tt := range []struct {
		from, to string
		want     string // sides with what is open there
	}{
		{"yoga", "zephyrus", "tailnet tcp/22; lan udp/41641; "},
		{"yoga", "hetzner-vps", "tailnet tcp/22, tcp/53, tcp/80, tcp/443, udp/53; wan udp/40000, udp/41641; "},
		{"hetzner-vps", "ovh-vps", "tailnet any; wan none; "},
		{"hetzner-vps", "yoga", "tailnet none; "},
		{"phone", "ovh-vps", "tailnet tcp/53, udp/53; "},
		{"internet", "hetzner-vps", "wan udp/40000, udp/41641; "},
		{"internet", "yoga", ""},
		{"lan", "yoga", "lan udp/41641; "},
		{"yoga", "internet", "wan any; tailnet any; "},
		{"ovh-vps", "internet", "wan tcp/53, tcp/80, tcp/443, tcp/4460, udp/53, udp/67, udp/123, udp/547; tailnet none; "},
	} {
		t.Run(tt.from+" "+tt.to, func(t *testing.T) {
			var got strings.Builder
			for _, l := range n.Links(n.must(t, tt.from), n.must(t, tt.to)) {
				fmt.Fprintf(&got, "%s %s; ", l.Side, l.Open())
			}
			if diff := cmp.Diff(tt.want, got.String()); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPortSets(t *testing.T) {
	parse := func(words string) Ports {
		var list []schema.Ports
		for _, w := range strings.Fields(words) {
			p := schema.Ports{}
			if n, _ := fmt.Sscanf(w, "%3s/%d-%d", &p.Protocol, &p.First, &p.Last); n < 3 {
				p.Last = p.First
			}
			list = append(list, p)
		}
		return setOf(list...)
	}
	for _, tt := range []struct{ a, b, union, intersect, minus string }{
		{"", "tcp/1", "tcp/1", "none", "none"},
		{"tcp/1-65535", "tcp/22 tcp/65535", "tcp/1-65535", "tcp/22, tcp/65535", "tcp/1-21, tcp/23-65534"},
		{"tcp/1-9 udp/1-9", "tcp/10 udp/5-20", "tcp/1-10, udp/1-20", "udp/5-9", "tcp/1-9, udp/1-4"},
		{"tcp/5-6 tcp/1-5", "tcp/2-3 tcp/5", "tcp/1-6", "tcp/2-3, tcp/5", "tcp/1, tcp/4, tcp/6"},
		{"tcp/1-65535 udp/1-65535", "udp/1-65535", "any", "udp/1-65535", "tcp/1-65535"},
	} {
		t.Run(tt.a+" and "+tt.b, func(t *testing.T) {
			a, b := parse(tt.a), parse(tt.b)
			got := []string{a.union(b).String(), a.intersect(b).String(), a.minus(b).String()}
			if diff := cmp.Diff([]string{tt.union, tt.intersect, tt.minus}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// manyHosts is a fleet of many hosts in twenty roles with fifty services, a
// tenth of the hosts with settings of their own.
func manyHosts(hosts int) string {
	var b strings.Builder
	b.WriteString("version: 1\nfleet: many\nnixos: \"25.11\"\nservices:\n")
	for i := range 50 {
		fmt.Fprintf(&b, "  s%d: [tcp/%d, udp/%d]\n", i, 2000+10*i, 2000+10*i)
	}
	b.WriteString("roles:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  r%d: { level: server, tailscale: { enable: true } }\n", i)
	}
	b.WriteString("access:\n")
	for i := range 100 {
		fmt.Fprintf(&b, "  - { from: r%d, to: r%d, allow: [s%d, s%d, ssh] }\n", i%20, (7*i+i/20)%20, i%50, (3*i+1)%50)
	}
	b.WriteString("hosts:\n")
	for i := range hosts {
		fmt.Fprintf(&b, "  h%d: { system: x86_64-linux, roles: [r%d], interfaces: { eth0: lan }, addresses: 100.64.%d.%d", i, i%20, i/250, i%250+1)
		if i%10 == 0 {
			fmt.Fprintf(&b, ", firewall: { rate_limits: { ssh: %d/minute } }", i/10+1)
		}
		b.WriteString(" }\n")
	}
	return b.String()
}

// BenchmarkReach works out every pair of 1,000 hosts for each of 51 services:
// classes, links, and the state of every service on every link.
func BenchmarkReach(b *testing.B) {
	fleet, problems := load(manyHosts(1000))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		n := New(fleet)
		open, pairs := 0, 0
		for p := range n.pairs {
			pairs++
			for i := range p.Links {
				for _, s := range n.Services {
					if n.State(&p.Links[i], p.dst, s) == Open {
						open += len(p.From) * len(p.To)
					}
				}
			}
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/1e6, "MB-allocated")
		b.ReportMetric(float64(after.HeapSys)/1e6, "MB-heap")
		b.ReportMetric(float64(pairs), "pairs-of-classes")
		b.ReportMetric(float64(open), "open")
	}
}
