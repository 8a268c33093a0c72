package gen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// databaseBench runs PostgreSQL as the host would, in a network of its own, and
// says who gets in. The address in the tailnet comes once the server runs, as
// on a host. Every statement is logged: the password must not be among them.
const databaseBench = `cd "$BENCH"
as() { unshare --user --map-user="$(id -u postgres)" --map-group="$(id -g postgres)" "$@"; }
try() { PGPASSWORD=$3 psql --host="$2" --username="$ROLE" --dbname="${4:-$ROLE}" --no-password --command="select 1" >/dev/null 2>&1 && echo "$1: in" || echo "$1: out"; }
from() { ip route replace local "$ADDRESS" dev lo table local src "$1"; }
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind
as initdb --username=postgres --auth=peer --no-sync --pgdata=data >initdb.log
cp pg_hba.conf data/
as pg_ctl --pgdata=data --log=server.log --wait --options="-k $BENCH -c listen_addresses=$LISTEN -c port=$PORT -c password_encryption=$ENCRYPTION -c log_statement=all" start >/dev/null
export PGHOST=$BENCH
as psql --quiet --username=postgres --command="create user \"$ROLE\"" --command="create database \"$ROLE\" owner \"$ROLE\""
as setsid --wait env PGUSER=postgres CREDENTIALS_DIRECTORY="$BENCH/passwords" bash -e set.sh 2>set.log
ip address add "$ADDRESS" dev lo
ip address add "$FRIEND" dev lo
ip address add "$STRANGER" dev lo
try "on the host" 127.0.0.1 "$PASSWORD"
try "wrong password" 127.0.0.1 guess
try "another database" 127.0.0.1 "$PASSWORD" postgres
try "as another user of the host" "$BENCH" "$PASSWORD"
from "$FRIEND"
try "friend" "$ADDRESS" "$PASSWORD"
from "$STRANGER"
try "stranger" "$ADDRESS" "$PASSWORD"
as psql --username=postgres --tuples-only --no-align --command="select 'verifier: ' || left(rolpassword, 13) from pg_authid where rolname = '$ROLE'"
grep --quiet --fixed-strings "$PASSWORD" server.log && echo "log: holds the password" || echo "log: clean"
printf '' >"passwords/$ROLE"
as setsid --wait env PGUSER=postgres CREDENTIALS_DIRECTORY="$BENCH/passwords" bash -e set.sh 2>/dev/null && echo "empty: taken" || echo "empty: refused"
as pg_ctl --pgdata=data --mode=immediate stop >/dev/null
`

// TestDatabase has PostgreSQL itself say who gets in by the rendered lines, and
// what becomes of the password.
func TestDatabase(t *testing.T) {
	unshare, path := tool(t, "unshare"), os.Getenv("PATH")
	if servers, _ := filepath.Glob("/usr/lib/postgresql/*/bin"); len(servers) > 0 {
		path += ":" + servers[len(servers)-1] // Debian keeps the server's programs apart
		t.Setenv("PATH", path)
	}
	for _, program := range []string{"initdb", "pg_ctl", "psql", "ip", "setsid"} {
		tool(t, program)
	}
	ran := 0
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			p := f.Applications.PostgreSQL
			if p.Passwords.Script == "" {
				continue
			}
			ran++
			client := regexp.MustCompile(`(?m)^host \S+ \S+ (100\.\S+)/32 `).FindStringSubmatch(p.Authentication)
			address := regexp.MustCompile(`100\.[0-9.]+`).FindString(p.ListenAddresses)
			if client == nil || address == "" {
				t.Fatalf("%s/%s: nobody in the tailnet is let in", e.name, name)
			}
			const password = `it's a "pass" \word $1`
			b := newBench(t, nil, "LISTEN="+p.ListenAddresses, "PORT="+strconv.Itoa(p.Port), "ENCRYPTION="+p.PasswordEncryption,
				"ROLE="+p.Owners[0], "PASSWORD="+password, "ADDRESS="+address, "FRIEND="+client[1], "STRANGER=100.127.1.1")
			b.file("pg_hba.conf", p.Authentication)
			b.file("set.sh", p.Passwords.Script)
			if err := os.Mkdir(filepath.Join(b.dir, "passwords"), 0o755); err != nil {
				t.Fatal(err)
			}
			b.file("passwords/"+p.Owners[0], password+"\n")
			args := []string{"--net", "env", "--"}
			if os.Getuid() != 0 {
				args = slices.Insert(args, 0, "--map-root-user")
			}
			args = append(append(args, b.env...), tool(t, "bash"), "-e", write(t, "bench", databaseBench))
			out, err := run(t, unshare, args...)
			if err != nil {
				t.Fatalf("%v\n%s", err, b.read("server.log"))
			}
			want := "on the host: in\nwrong password: out\nanother database: out\nas another user of the host: out\nfriend: in\nstranger: out\n" +
				"verifier: SCRAM-SHA-256\nlog: clean\nempty: refused\n"
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("%s/%s (-want +got):\n%s", e.name, name, diff)
			}
		}
	}
	if ran == 0 {
		t.Error("no host has a database with a password")
	}
}

// TestPasswordHash runs what puts the hash into AdGuard Home's settings.
func TestPasswordHash(t *testing.T) {
	const hash = `$2b$12$abcdefghijklmnopqrstuu5Lw/R6K0.MkQ1vE6ZQ0l6fJtYh0pQ2K`
	ran := 0
	for _, b := range buildAll(t) {
		_, rest, ok := strings.Cut(b.modules["adguard"], "preStart = lib.mkAfter ''\n")
		if !ok {
			continue
		}
		ran++
		script, _, _ := strings.Cut(rest, "    '';")
		script = strings.ReplaceAll(script, "''${", "${")
		if out, err := run(t, tool(t, "shellcheck"), "--shell=bash", write(t, "put.sh", script)); err != nil {
			t.Error(err, out)
		}
		for secret, want := range map[string]string{
			hash + "\n":  "users:\n- name: admin\n  password: '" + hash + "'\nport: 53\n",
			"plain\n":    "",
			hash + "'\n": "",
			"":           "",
		} {
			bench := newBench(t, nil)
			bench.env = append(bench.env, "CREDENTIALS_DIRECTORY="+bench.dir)
			bench.file("password", secret)
			bench.file("state/AdGuardHome.yaml", "users:\n- name: admin\n  password: '@password@'\nport: 53\n")
			out, ok := bench.run([]byte(script))
			if ok != (want != "") || ok && bench.read("state/AdGuardHome.yaml") != want {
				t.Errorf("%s, secret %q: %t %s\n%s", b.Name, secret, ok, out, bench.read("state/AdGuardHome.yaml"))
			}
		}
	}
	if ran == 0 {
		t.Error("no host has a web interface with a password")
	}
}

// exposure is what systemd-analyze security says of a service: its level, 0 to
// 10, and what it finds open, by name.
func exposure(t *testing.T, service map[string]any) (level float64, open []string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("[Service]\nExecStart=/bin/true\n")
	for _, key := range slices.Sorted(maps.Keys(service)) {
		list, ok := service[key].([]any)
		if !ok {
			list = []any{service[key]}
		}
		for _, v := range list {
			fmt.Fprintf(&text, "%s=%v\n", key, v)
		}
	}
	analyze, name := tool(t, "systemd-analyze"), write(t, "judged.service", text.String())
	table, err := run(t, analyze, "security", "--offline=true", "--no-pager", "--json=short", name)
	if err != nil {
		t.Fatal(err)
	}
	var checks []struct {
		Name, Exposure string
		Set            *bool
	}
	if err := json.Unmarshal([]byte(table), &checks); err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if e, _ := strconv.ParseFloat(c.Exposure, 64); e > 0 {
			open = append(open, c.Name)
		}
	}
	said, err := run(t, analyze, "security", "--offline=true", "--no-pager", name)
	overall := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+) `).FindStringSubmatch(said)
	if err != nil || overall == nil {
		t.Fatal(err, said)
	}
	level, _ = strconv.ParseFloat(overall[1], 64)
	slices.Sort(open)
	return level, open
}

// TestTunnelSandbox has systemd say how much of the host the tunnel can reach:
// the network, and what it cannot do without.
func TestTunnelSandbox(t *testing.T) {
	want := []string{
		"DeviceAllow=",                                                                  // the clock, to read: ProtectClock allows that itself
		"IPAddressDeny=", "PrivateNetwork=", "RestrictAddressFamilies=~AF_(INET|INET6)", // the network is what it is for
		"RestrictAddressFamilies=~AF_UNIX",                          // the resolver's and systemd's sockets
		"RootDirectory=/RootImage=", "SystemCallFilter=~@resources", // Go raises its limit of open files
	}
	seen := 0
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			for id, tunnel := range f.Applications.Tunnels {
				seen++
				service := tunnel.Unit.ServiceConfig
				level, open := exposure(t, service)
				bare, _ := exposure(t, map[string]any{"User": "cloudflared", "Restart": "on-failure"})
				t.Logf("%s/%s, tunnel %s: %.1f; %.1f as NixOS 24.11 has it", e.name, name, id, level, bare)
				if diff := cmp.Diff(want, open); diff != "" || level > 1.2 || bare < 9 {
					t.Errorf("%s/%s: exposure %.1f, %.1f as NixOS 24.11 has it; open (-want +got):\n%s", e.name, name, level, bare, diff)
				}
				if service["SystemCallErrorNumber"] != "EPERM" {
					t.Error("a call that is refused kills the tunnel")
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no host has a tunnel")
	}
}

// TestTunnelCredentials: before 25.05 NixOS hands the tunnel no secret, and its
// user could not read one of root's; since then it does so itself.
func TestTunnelCredentials(t *testing.T) {
	document := example{dir: "../testdata/fleets/homelab"}.document(t)
	for release, own := range map[string]bool{"24.11": true, "25.05": false, "26.11": false} {
		text := texts(filesOf(t, as(document, release, "")))["hosts/server/cloudflared.nix"]
		_, loads, _ := strings.Cut(text, "LoadCredential = ")
		switch {
		case strings.HasPrefix(loads, `[ "credentials.json:${config.age.secrets.cloudflared.path}" ]`) != own:
			t.Errorf("%s: is the secret handed over by this module? %t", release, !own)
		case strings.Contains(text, ".service/credentials.json\"") != own:
			t.Errorf("%s: the tunnel reads another file", release)
		}
	}
}
