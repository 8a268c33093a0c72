# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  networking.nftables.enable = true;

  networking.firewall = {
    enable = true;
    # path and host checks work; echo alone gives little away
    allowPing = true;
    # it knows no limit: the last input rule logs instead
    logRefusedConnections = false;
    # forwards nothing but what a rule names
    filterForward = true;
    # drops packets whose sender the route back does not lead to
    checkReversePath = true;

    interfaces.tailscale0 = {
      # http, https and apps-admin for workstation
      # dns for everyone
      allowedTCPPorts = [
        53
        80
        443
        8443
      ];
      # dns for everyone
      allowedUDPPorts = [ 53 ];
    };

    # these ports are in no list above: a limit behind an accept is never reached
    extraInputRules = lib.mkAfter ''
      # ssh for workstation
      iifname "tailscale0" tcp dport 22 ct state new add @limit-ssh-tailnet-4 { ip saddr limit rate 10/minute burst 20 packets } accept
      iifname "tailscale0" tcp dport 22 ct state new add @limit-ssh-tailnet-6 { ip6 saddr limit rate 10/minute burst 20 packets } accept
      # any for server
      iifname "tailscale0" ip saddr 100.101.1.3 accept
      meta pkttype host limit rate 10/minute burst 20 packets log prefix "refused connection: " level info
    '';

    # answers come back by connection tracking
    extraForwardRules = lib.mkAfter ''
      iifname "tailscale0" oifname "eth0" accept comment "exit node"
      meta pkttype host limit rate 10/minute burst 20 packets log prefix "forward refused: " level info
    '';
  };

  # Docker lets in past these rules; whoever turns it on sees both lines. Podman keeps to them
  virtualisation.docker.enable = false;

  # who connected lately, by service
  networking.nftables.tables.nixos-fw.content = lib.mkBefore ''
    set limit-ssh-tailnet-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
    set limit-ssh-tailnet-6 { type ipv6_addr; flags dynamic, timeout; timeout 10m; size 65536; }
  '';
  # as NixOS has it: a host that turns the firewall off is then told so, and does not fail
  networking.nftables.tables.nixos-fw.family = "inet";

  # the document says so
  networking.nftables.tables.pantherctl-ping = {
    family = "inet";
    content = ''
      set limit-ping-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
      set limit-ping-6 { type ipv6_addr; flags dynamic, timeout; timeout 10m; size 65536; }
      chain input {
        type filter hook input priority filter - 1; policy accept;
        icmp type echo-request update @limit-ping-4 { ip saddr limit rate over 5/second } drop
        icmpv6 type echo-request update @limit-ping-6 { ip6 saddr limit rate over 5/second } drop
      }
    '';
  };

  # a program that is taken over cannot call home by any port
  networking.nftables.tables.pantherctl-egress = {
    family = "inet";
    content = ''
      chain output {
        type filter hook output priority filter; policy drop;
        ct state established,related accept
        oifname "lo" accept

        # members and networks of the tailnet; an exit node's internet is held to the list
        oifname "tailscale0" ip daddr { 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16 } accept
        oifname "tailscale0" ip6 daddr fc00::/7 accept

        # names, time, addresses
        udp dport { 53, 67, 123, 547 } accept
        tcp dport 53 accept

        # without these IPv6 has no neighbours, and no path learns its MTU
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept
        icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } accept
        icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
        tcp dport 4460 accept # how time servers prove who they are
        icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept

        # tailscaled marks its own packets
        meta mark & 0x00ff0000 == 0x00080000 accept

        # dns, http and https
        tcp dport { 53, 80, 443 } accept
        udp dport 53 accept

        limit rate 10/minute burst 20 packets log prefix "egress refused: " level info
        counter drop
      }
    '';
  };

  # its sysctls exist only once it is loaded
  boot.kernelModules = [ "nf_conntrack" ];

  # the kernel's own size for 16 GiB of memory; too few refuse everybody
  boot.kernel.sysctl."net.netfilter.nf_conntrack_max" = lib.mkOverride 900 262144;

  # a silent connection outlives a weekend's half, not the kernel's five days
  boot.kernel.sysctl."net.netfilter.nf_conntrack_tcp_timeout_established" = lib.mkOverride 900 172800;

  # the kernel's default, held against other modules
  boot.kernel.sysctl."net.netfilter.nf_conntrack_tcp_timeout_close_wait" = lib.mkOverride 900 60;
}
