# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  services.tailscale = {
    enable = true;
    port = 41641;
    # peers connect directly instead of by a relay
    openFirewall = true;
    # carries traffic of others
    useRoutingFeatures = "server";

    authKeyFile = config.age.secrets.tailscale-key.path;

    # only when the host joins: a change of tags needs a new login
    extraUpFlags = [
      "--reset"
      "--advertise-tags=tag:high-security"
    ];

    # at every activation
    extraSetFlags = [
      "--accept-dns=true"
      "--advertise-exit-node=false"
      "--advertise-routes=192.168.7.0/24,fd00:7::/64"
      "--exit-node="
      "--ssh=false"
    ];
  };

  # its rules stand beside ours, never before them
  systemd.services.tailscaled.serviceConfig.Environment = [ "TS_DEBUG_FIREWALL_MODE=nftables" ];

  # the first start sets nothing before the host has joined
  systemd.services.tailscaled-set.after = [ "tailscaled-autoconnect.service" ];

  # once modules are locked, tailscaled could not load it
  boot.kernelModules = [ "tun" ];
}
