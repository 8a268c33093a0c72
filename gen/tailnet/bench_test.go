package tailnet

import (
	"fmt"
	"net/netip"
	"testing"
)

// BenchmarkFilter makes the filters of 1,000 nodes with 20 tags under 100
// grants from tag to tag.
func BenchmarkFilter(b *testing.B) {
	var net Network
	for i := range 1000 {
		net.Nodes = append(net.Nodes, Node{
			Name: fmt.Sprint("n", i), Tags: []string{fmt.Sprint("tag:t", i%20)},
			Addrs: []netip.Addr{
				netip.AddrFrom4([4]byte{100, 64, byte(i / 250), byte(i%250 + 1)}),
				netip.MustParseAddr(fmt.Sprintf("fd7a:115c:a1e0::%x", i+1)),
			},
		})
	}
	p := &Policy{Grants: []Grant{}}
	for i := range 100 {
		p.Grants = append(p.Grants, Grant{
			Src: Texts(fmt.Sprint("tag:t", i%20)), Dst: Texts(fmt.Sprint("tag:t", (i*7+3)%20)), IP: Texts(fmt.Sprint("tcp:", 1000+i)),
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		e := p.Evaluate(net)
		for i := range net.Nodes {
			e.Filter(i)
		}
	}
}

// BenchmarkSSHTests lints a policy that lets 300 people in, one by one, and
// tests each.
func BenchmarkSSHTests(b *testing.B) {
	p := &Policy{Grants: []Grant{}, TagOwners: []Entry{{Name: Text{Value: "tag:a"}, Values: Texts()}}}
	for i := range 300 {
		person := fmt.Sprintf("u%d@example.com", i)
		p.SSH = append(p.SSH, SSHRule{Action: Text{Value: "accept"}, Src: Texts(person), Dst: Texts("tag:a"), Users: Texts("u")})
		p.SSHTests = append(p.SSHTests, SSHTest{Src: Text{Value: person}, Dst: Texts("tag:a"), Accept: Texts("u")})
	}
	text := p.Format()
	b.ReportAllocs()
	for b.Loop() {
		if found := Lint(text); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
