package gen_test

import (
	"os"
	"strings"
	"testing"
)

// TestHandedOn loads the table of a host into a network namespace of its own,
// and connects: from an allowed source and another, to the host and through it.
func TestHandedOn(t *testing.T) {
	files := texts(filesOf(t, `version: 1
fleet: t
nixos: "25.11"
access:
  - {from: friend, to: box, allow: https, over: lan}
devices:
  friend: {addresses: {lan: 192.0.2.7}}
hosts:
  box:
    system: x86_64-linux
    level: server
    interfaces: {eth0: lan, ve-web: container}
    containers: {web: {addresses: 10.233.1.2, serves: https}}
`))
	table := content(t, files["hosts/box/containers.nix"])
	nft, ip, unshare, python := tool(t, "nft"), tool(t, "ip"), tool(t, "unshare"), tool(t, "python3")
	ruleset := write(t, "ruleset", "table inet pantherctl-containers {\n"+table+"}\n")
	script := write(t, "script", strings.NewReplacer("NFT", nft, "IP", ip, "PYTHON", python, "RULESET", ruleset).Replace(handedOnScript))
	// With the first of its processes all of a namespace ends, the servers too.
	args := []string{"--net", "--mount", "--pid", "--fork", "sh", "-eu", script}
	if os.Getuid() != 0 {
		args = append([]string{"--map-root-user"}, args...)
	}
	out, err := run(t, unshare, args...)
	if err != nil {
		if strings.Contains(err.Error(), "not permitted") && os.Getenv("CI") == "" {
			t.Skipf("no network namespaces here: %v", err)
		}
		t.Fatal(err)
	}
	want := "friend to the host: container\nstranger to the host: refused\nfriend past the host: elsewhere\n"
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// handedOnScript makes the host, of which the LAN and the container are
// namespaces, and a place elsewhere that the host only forwards to.
const handedOnScript = `
mount -t tmpfs none /run
mkdir -p /run/netns
for n in lan web far; do IP netns add $n; done
link() { # end of the host, its address, namespace, address there
  IP link add "$1" type veth peer name e netns "$3"
  IP addr add "$2" dev "$1"
  IP link set "$1" up
  IP -n "$3" addr add "$4" dev e
  IP -n "$3" link set e up
  IP -n "$3" link set lo up
  IP -n "$3" route add default via "${2%/*}"
}
IP link set lo up
link eth0 192.0.2.1/24 lan 192.0.2.7/24
IP -n lan addr add 192.0.2.8/24 dev e
link ve-web 10.233.1.1/24 web 10.233.1.2/24
link eth1 198.51.100.1/24 far 198.51.100.2/24
echo 1 > /proc/sys/net/ipv4/ip_forward
NFT -f RULESET
serve() { IP netns exec "$1" PYTHON -c '
import socket, sys
s = socket.create_server(("", 443))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode())
    c.close()' "$2" > /run/$2 & }
serve web container
serve far elsewhere
for n in container elsewhere; do while ! [ -s /run/$n ]; do sleep 0.05; done; done
dial() { IP netns exec lan PYTHON -c '
import socket, sys
try:
    c = socket.create_connection((sys.argv[2], 443), 5, (sys.argv[1], 0))
    print(c.recv(99).decode())
except ConnectionRefusedError:
    print("refused")' "$1" "$2"; }
echo "friend to the host: $(dial 192.0.2.7 192.0.2.1)"
echo "stranger to the host: $(dial 192.0.2.8 192.0.2.1)"
echo "friend past the host: $(dial 192.0.2.7 198.51.100.2)"
`

// content is the text of the one table of a generated module.
func content(t *testing.T, module string) string {
	t.Helper()
	_, text, ok := strings.Cut(module, "content = ''\n")
	if !ok {
		t.Fatalf("no table:\n%s", module)
	}
	text, _, _ = strings.Cut(text, "'';")
	return text
}
