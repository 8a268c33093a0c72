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

    authKeyFile = config.age.secrets.tailscale-server.path;

    # only when the host joins: a change of tags needs a new login
    extraUpFlags = [
      "--reset"
      "--advertise-tags=tag:production,tag:server"
    ];

    # at every activation
    extraSetFlags = [
      "--accept-dns=true"
      "--advertise-exit-node=true"
      "--advertise-routes="
      "--exit-node="
      "--ssh=false"
    ];
  };

  # its rules stand beside ours, never before them
  systemd.services.tailscaled.serviceConfig.Environment = [ "TS_DEBUG_FIREWALL_MODE=nftables" ];

  # the first start sets nothing before the host has joined
  systemd.services.tailscaled-set.after = [ "tailscaled-autoconnect.service" ];
}
