# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  networking.nftables.enable = true;

  networking.firewall = {
    enable = true;
    # path and host checks work; echo alone gives little away
    allowPing = true;
    # on the internet refused connections are noise that fills the journal
    logRefusedConnections = false;
    # forwards nothing but what a rule names
    filterForward = true;
    # answers of an exit node come by another way than their senders' route
    checkReversePath = "loose";

    interfaces.tailscale0 = {
      # ssh for workstation
      allowedTCPPorts = [ 22 ];
    };
  };

  # Docker lets in past these rules; whoever turns it on sees both lines. Podman keeps to them
  virtualisation.docker.enable = false;

  # its sysctls exist only once it is loaded
  boot.kernelModules = [ "nf_conntrack" ];

  # the kernel's own size for 16 GiB of memory; too few refuse everybody
  boot.kernel.sysctl."net.netfilter.nf_conntrack_max" = lib.mkOverride 900 262144;

  # a silent connection outlives a weekend's half, not the kernel's five days
  boot.kernel.sysctl."net.netfilter.nf_conntrack_tcp_timeout_established" = lib.mkOverride 900 172800;

  # the kernel's default, held against other modules
  boot.kernel.sysctl."net.netfilter.nf_conntrack_tcp_timeout_close_wait" = lib.mkOverride 900 60;
}
