# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  networking.nftables.enable = true;

  networking.firewall = {
    enable = true;
    # the document says so
    allowPing = false;
    # it knows no limit: the last input rule logs instead
    logRefusedConnections = false;
    # forwards nothing but what a rule names
    filterForward = true;
    # drops packets whose sender the route back does not lead to
    checkReversePath = true;

    interfaces.enp1s0 = {
      # dns, http and https for lan
      allowedTCPPorts = [
        53
        80
        443
      ];
      # dns for lan
      allowedUDPPorts = [ 53 ];
    };

    # these ports are in no list above: a limit behind an accept is never reached
    extraInputRules = lib.mkAfter ''
      # ssh for lan
      iifname "enp1s0" tcp dport 22 ct state new add @limit-ssh-lan-4 { ip saddr limit rate 10/minute burst 20 packets } accept
      meta pkttype host limit rate 10/minute burst 20 packets log prefix "refused connection: " level info
    '';

    # behind whatever other modules forward
    extraForwardRules = lib.mkAfter ''
      meta pkttype host limit rate 10/minute burst 20 packets log prefix "forward refused: " level info
    '';
  };

  # Docker lets in past these rules; whoever turns it on sees both lines. Podman keeps to them
  virtualisation.docker.enable = false;

  # who connected lately, by service
  networking.nftables.tables.nixos-fw.content = lib.mkBefore ''
    set limit-ssh-lan-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
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
        oifname { "lo", "ve-*" } accept

        # names, time, addresses
        udp dport { 53, 67, 123 } accept
        tcp dport 53 accept

        tcp dport 4460 accept # how time servers prove who they are
        icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept

        # dns, http, https, cloudflare-tunnel and ssh
        tcp dport { 53, 80, 443, 7844, 22 } accept
        udp dport { 53, 7844 } accept

        limit rate 10/minute burst 20 packets log prefix "egress refused: " level info
        counter drop
      }

      # what containers send outside; the rest is for the firewall to judge
      chain containers {
        type filter hook forward priority filter; policy accept;
        ct state established,related accept
        iifname != "ve-*" accept
        oifname != "enp1s0" accept

        # names, time
        udp dport { 53, 123 } accept
        tcp dport 53 accept
        icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept

        # dns, http, https, cloudflare-tunnel and ssh
        tcp dport { 53, 80, 443, 7844, 22 } accept
        udp dport { 53, 7844 } accept

        limit rate 10/minute burst 20 packets log prefix "container egress refused: " level info
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
}
