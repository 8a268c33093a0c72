# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  networking.nftables.enable = true;

  networking.firewall = {
    enable = true;
    # the host does not announce itself
    allowPing = false;
    # it knows no limit: the last input rule logs instead
    logRefusedConnections = false;
    # forwards nothing but what a rule names
    filterForward = true;
    # drops packets whose sender the route back does not lead to
    checkReversePath = true;

    interfaces.tailscale0 = {
      # https and node-exporter for workstation
      allowedTCPPorts = [
        443
        9100
      ];
    };

    # these ports are in no list above: a limit behind an accept is never reached
    extraInputRules = lib.mkAfter ''
      # ssh for workstation
      iifname "tailscale0" tcp dport 22 ct state new add @limit-ssh-tailnet-4 { ip saddr limit rate 10/minute burst 20 packets } accept
      iifname "tailscale0" tcp dport 22 ct state new add @limit-ssh-tailnet-6 { ip6 saddr limit rate 10/minute burst 20 packets } accept
      # any for keeper
      iifname "tailscale0" ip saddr 100.101.2.1 accept
      iifname "tailscale0" ip6 saddr fd7a:115c:a1e0::1 accept
      # ssh, the way in when the tailnet is down
      iifname "enp2s0" tcp dport 22 ct state new add @limit-ssh-lan-4 { ip saddr limit rate 10/minute burst 20 packets } accept
      iifname "enp2s0" tcp dport 22 ct state new add @limit-ssh-lan-6 { ip6 saddr limit rate 10/minute burst 20 packets } accept
      # ssh, the way in when the tailnet is down
      iifname "enp2s0" tcp dport 2222 ct state new add @limit-ssh-lan-4 { ip saddr limit rate 10/minute burst 20 packets } accept
      iifname "enp2s0" tcp dport 2222 ct state new add @limit-ssh-lan-6 { ip6 saddr limit rate 10/minute burst 20 packets } accept
      # ssh, the way in when the tailnet is down
      iifname "enp1s0" tcp dport 2222 ct state new add @limit-ssh-wan-4 { ip saddr limit rate 10/minute burst 20 packets } accept
      iifname "enp1s0" tcp dport 2222 ct state new add @limit-ssh-wan-6 { ip6 saddr & ffff:ffff:ffff:ffff:: limit rate 10/minute burst 20 packets } accept
      meta pkttype host limit rate 10/minute burst 20 packets log prefix "refused connection: " level info
    '';

    # answers come back by connection tracking
    extraForwardRules = lib.mkAfter ''
      iifname "tailscale0" oifname != "tailscale0" ip daddr 192.168.7.0/24 accept comment "subnet router"
      iifname "tailscale0" oifname != "tailscale0" ip6 daddr fd00:7::/64 accept comment "subnet router"
      meta pkttype host limit rate 10/minute burst 20 packets log prefix "forward refused: " level info
    '';
  };

  # Docker lets in past these rules; whoever turns it on sees both lines. Podman keeps to them
  virtualisation.docker.enable = false;

  # who connected lately, by service
  networking.nftables.tables.nixos-fw.content = lib.mkBefore ''
    set limit-ssh-tailnet-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
    set limit-ssh-tailnet-6 { type ipv6_addr; flags dynamic, timeout; timeout 10m; size 65536; }
    set limit-ssh-lan-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
    set limit-ssh-lan-6 { type ipv6_addr; flags dynamic, timeout; timeout 10m; size 65536; }
    set limit-ssh-wan-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
    set limit-ssh-wan-6 { type ipv6_addr; flags dynamic, timeout; timeout 10m; size 65536; }
  '';
  # as NixOS has it: a host that turns the firewall off is then told so, and does not fail
  networking.nftables.tables.nixos-fw.family = "inet";

  # a program that is taken over cannot call home by any port
  networking.nftables.tables.pantherctl-egress = {
    family = "inet";
    content = ''
      chain output {
        type filter hook output priority filter; policy drop;
        ct state established,related accept
        oifname { "lo", "ve-keep" } accept

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

        # dns, http, https, ssh and submissions
        tcp dport { 53, 80, 443, 22, 465 } accept
        udp dport 53 accept

        limit rate 10/minute burst 20 packets log prefix "egress refused: " level info
        counter drop
      }
    '';
  };

  # once modules are locked, a later ruleset could not load what it needs
  boot.kernelModules = [
    "nf_conntrack"
    "nf_log_syslog"
    "nf_tables"
    "nft_chain_nat"
    "nft_connlimit"
    "nft_ct"
    "nft_fib_inet"
    "nft_limit"
    "nft_log"
    "nft_masq"
    "nft_nat"
    "nft_reject_inet"
    "bridge"
    "veth"
  ];

  # the kernel's own size for 16 GiB of memory; too few refuse everybody
  boot.kernel.sysctl."net.netfilter.nf_conntrack_max" = lib.mkOverride 900 262144;

  # a silent connection outlives a weekend's half, not the kernel's five days
  boot.kernel.sysctl."net.netfilter.nf_conntrack_tcp_timeout_established" = lib.mkOverride 900 172800;

  # the kernel's default, held against other modules
  boot.kernel.sysctl."net.netfilter.nf_conntrack_tcp_timeout_close_wait" = lib.mkOverride 900 60;

  # allowPing speaks of IPv4 only
  boot.kernel.sysctl."net.ipv6.icmp.echo_ignore_all" = lib.mkOverride 900 1;
}
