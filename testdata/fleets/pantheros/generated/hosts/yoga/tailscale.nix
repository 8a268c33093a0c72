# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  services.tailscale = {
    enable = true;
    port = 41641;
    # peers connect directly instead of by a relay
    openFirewall = true;
    # answers come back by the exit node
    useRoutingFeatures = "client";

    authKeyFile = config.age.secrets.tailscale-workstation.path;

    # only when the host joins: a change of tags needs a new login
    extraUpFlags = [
      "--reset"
      "--advertise-tags=tag:workstation"
    ];

    # at every activation
    extraSetFlags = [
      "--accept-dns=true"
      "--advertise-exit-node=false"
      "--advertise-routes="
      "--exit-node=hetzner-vps"
      "--exit-node-allow-lan-access=true"
      "--ssh=false"
    ];
  };

  # its rules stand beside ours, never before them
  systemd.services.tailscaled.serviceConfig.Environment = [ "TS_DEBUG_FIREWALL_MODE=nftables" ];

  # the first start sets nothing before the host has joined
  systemd.services.tailscaled-set.after = [ "tailscaled-autoconnect.service" ];
}
