package headscale

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/tailnet"
)

// recording is a policy that was posted to the service, and where.
type recording struct {
	Code int
	Pol  json.RawMessage
	Topo struct {
		Users []struct{ Name, Email string }
		Nodes map[string]struct {
			Tags           []string
			IPv4, IPv6     netip.Addr
			User           string
			RoutableIPs    []netip.Prefix `json:"routable_ips"`
			ApprovedRoutes []netip.Prefix `json:"approved_routes"`
		}
	}
}

func readRecordings(t *testing.T) map[string]recording {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "gen", "tailnet", "testdata", "captures.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var recordings map[string]recording
	if err := json.NewDecoder(zipped).Decode(&recordings); err != nil {
		t.Fatal(err)
	}
	return recordings
}

// TestRecorded compares the policies that the service was recorded to accept.
func TestRecorded(t *testing.T) {
	recordings := readRecordings(t)
	policies, knownOnes, without, domains := 0, 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(recordings)) {
		r := recordings[name]
		if r.Code != 200 {
			continue
		}
		if text := string(r.Pol); !strings.Contains(text, `"acls"`) && !strings.Contains(text, `"grants"`) {
			without++ // headscale has its filter for these elsewhere
			continue
		}
		if strings.Contains(string(r.Pol), `"user:*@`) {
			domains++ // headscale does not know them
			continue
		}
		policies++
		knownOnes += compare(t, name, string(r.Pol), r.network())
	}
	fmt.Printf("recorded             %5d policies, %d known differences, left out: %d without acls and grants, %d with user:*@DOMAIN\n", policies, knownOnes, without, domains)
}

func (r recording) network() tailnet.Network {
	var net tailnet.Network
	logins := map[string]string{}
	for _, u := range r.Topo.Users {
		logins[u.Name] = cmp.Or(u.Email, u.Name+"@")
		net.Users = append(net.Users, tailnet.User{Name: logins[u.Name]})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Topo.Nodes)) {
		n := r.Topo.Nodes[name]
		net.Nodes = append(net.Nodes, tailnet.Node{
			Name: name, User: logins[n.User], Tags: n.Tags, Addrs: []netip.Addr{n.IPv4, n.IPv6},
			Advertised: n.RoutableIPs, Approved: n.ApprovedRoutes,
		})
	}
	return net
}
