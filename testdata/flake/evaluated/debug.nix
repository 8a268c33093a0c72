{ lib, ... }:
{
  networking.firewall.allowedTCPPorts = [ 8080 ];
  networking.firewall.allowPing = lib.mkForce false;
  boot.kernel.sysctl."net.netfilter.nf_conntrack_max" = 7;
}
