package nixos_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/nixos"
	"github.com/pantherctl/pantherctl/gen/nix"
)

// TestTree has a real NixOS evaluate modules that no example fleet has, and
// wants of the double the same.
func TestTree(t *testing.T) {
	nixpkgs := os.Getenv("PANTHERCTL_NIXPKGS")
	program, err := exec.LookPath("nix-instantiate")
	if nixpkgs == "" || err != nil {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS names no NixOS tree, or Nix is missing")
	}
	hosts := map[string]nix.AttrSet{"wide": wide(), "bare": bare()}
	dir, list := t.TempDir(), ""
	for name, body := range hosts {
		text, err := (&nix.File{Params: []string{"lib"}, Body: body}).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name+".nix"), text)
		list += fmt.Sprintf("%s.imports = [ ./%[1]s.nix ./kernel.double.nix ];\n", name)
	}
	write(t, filepath.Join(dir, "kernel.double.nix"), read(t, "gen/testdata", "kernel.double.nix"))
	write(t, filepath.Join(dir, "default.nix"), []byte("_: {\n"+list+"}\n"))
	cmd := exec.Command(program, "--eval", "--strict", "--json", root+"/nixmodules/evaluate.nix", "--argstr", "nixpkgs", nixpkgs, "--argstr", "hosts", dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	evaluated, err := facts.DecodeFleet(out)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range hosts {
		t.Run(name, func(t *testing.T) {
			got, err := nixos.Evaluate([]*nix.File{{Body: body}})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got, evaluated[name])
		})
	}
}

// wide is a host with everything that the double renders.
func wide() nix.AttrSet {
	ports := func(from, to nix.Int) nix.List {
		return nix.Elements(nix.AttrSet{nix.Bind("from", from), nix.Bind("to", to)})
	}
	lines := func(fn, text string) nix.Expr { return nix.Call(fn, nix.String(text)) }
	return nix.AttrSet{nix.Bind("config", nix.Call("lib.mkMerge", nix.Elements(
		nix.AttrSet{
			nix.Bind("networking.nftables.enable", nix.Bool(true)),
			nix.Bind("networking.nftables.tables.nixos-fw.content", lines("lib.mkBefore", "set own { type ipv4_addr; }\n")),
			nix.Bind("networking.nftables.tables.a", nix.AttrSet{nix.Bind("family", nix.String("ip")), nix.Bind("content", nix.String("chain b { }"))}),
			nix.Bind("networking.firewall.trustedInterfaces", nix.Strings("br0", "br1")),
			nix.Bind("networking.firewall.allowPing", nix.Bool(true)),
			nix.Bind("networking.firewall.allowedTCPPorts", nix.Ints(443, 80, 443)),
			nix.Bind("networking.firewall.allowedUDPPortRanges", ports(60000, 60010)),
			nix.Bind("networking.firewall.interfaces.br0.allowedTCPPortRanges", ports(1, 2)),
			nix.Bind("networking.firewall.interfaces.eth0.allowedUDPPorts", nix.Ints(9)),
			nix.Bind("networking.firewall.filterForward", nix.Bool(true)),
			nix.Bind("networking.firewall.extraInputRules", lines("lib.mkAfter", "tcp dport 3 accept\n")),
			nix.Bind("networking.firewall.extraForwardRules", lines("lib.mkAfter", "tcp dport 4 accept\n")),
			nix.Bind("networking.nat", nix.AttrSet{
				nix.Bind("enable", nix.Bool(true)), nix.Bind("externalInterface", nix.String("eth0")), nix.Bind("internalInterfaces", nix.Strings("ve-*", "br1")),
			}),
		},
		nix.AttrSet{
			nix.Bind("networking.firewall.extraInputRules", nix.String("tcp dport 2 accept")),
			nix.Bind("networking.firewall.extraForwardRules", lines("lib.mkBefore", "tcp dport 1 accept")),
			nix.Bind("boot.kernel.sysctl", nix.AttrSet{
				{Path: nix.AttrPath{"net.ipv4.conf.default.forwarding"}, Value: nix.Call("lib.mkForce", nix.Int(0))},
				{Path: nix.AttrPath{"net.ipv6.conf.all.forwarding"}, Value: nix.Override(900, nix.Int(0))},
			}),
			nix.Bind("services.tailscale", nix.AttrSet{
				nix.Bind("enable", nix.Bool(true)), nix.Bind("openFirewall", nix.Bool(true)), nix.Bind("useRoutingFeatures", nix.String("both")),
			}),
			nix.Bind("services.caddy.enable", nix.Bool(true)),
			nix.Bind("services.openssh", server(true)),
			nix.Bind("users.groups.own.members", nix.Strings("ann")),
			nix.Bind("users.users.ann", nix.AttrSet{
				nix.Bind("isNormalUser", nix.Bool(true)), nix.Bind("extraGroups", nix.Strings("wheel")), nix.Bind("openssh.authorizedKeys.keys", nix.Strings("ssh-ed25519 AAAA ann")),
			}),
		},
	)))}
}

// bare is a host whose firewall lets nothing in and forwards whatever comes.
func bare() nix.AttrSet {
	return nix.AttrSet{
		nix.Bind("networking.enableIPv6", nix.Bool(false)),
		nix.Bind("networking.nftables.enable", nix.Bool(true)),
		nix.Bind("networking.nat", nix.AttrSet{
			nix.Bind("enable", nix.Bool(true)), nix.Bind("externalInterface", nix.String("eth0")), nix.Bind("internalInterfaces", nix.Strings("br1")),
		}),
		nix.Bind("networking.firewall.allowPing", nix.Bool(false)),
		nix.Bind("networking.firewall.checkReversePath", nix.Bool(false)),
		nix.Bind("networking.firewall.logRefusedConnections", nix.Bool(false)),
		nix.Bind("services.openssh", server(false)),
	}
}

// server is an sshd with a value for each setting that releases choose
// differently, as generated modules have. The open one is as NixOS has it.
func server(open bool) nix.AttrSet {
	key := nix.AttrSet{nix.Bind("path", nix.String("/key")), nix.Bind("type", nix.String("ed25519"))}
	return nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)), nix.Bind("ports", nix.Ints(22, 2222)), nix.Bind("hostKeys", nix.Elements(key)),
		nix.Bind("openFirewall", nix.Bool(open)), nix.Bind("authorizedKeysInHomedir", nix.Bool(open)),
		nix.Bind("allowSFTP", nix.Bool(open)), nix.Bind("sftpServerExecutable", nix.String("internal-sftp")),
		nix.Bind("extraConfig", nix.String("Match all\n")),
		nix.Bind("settings", nix.AttrSet{
			nix.Bind("Ciphers", nix.Strings("a", "b")), nix.Bind("KexAlgorithms", nix.Strings("c", "d")), nix.Bind("Macs", nix.Strings("e", "f")),
			nix.Bind("AllowGroups", nix.Strings("g", "h")), nix.Bind("LogLevel", nix.String("INFO")), nix.Bind("MaxSessions", nix.Int(3)),
			nix.Bind("GatewayPorts", nix.String("no")), nix.Bind("PermitRootLogin", nix.String("no")), nix.Bind("KbdInteractiveAuthentication", nix.Bool(false)),
			nix.Bind("PasswordAuthentication", nix.Bool(false)), nix.Bind("StrictModes", nix.Bool(true)), nix.Bind("UseDns", nix.Bool(false)),
			nix.Bind("UsePAM", nix.Bool(true)), nix.Bind("X11Forwarding", nix.Bool(false)),
		}),
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
