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

  # HTTPS under the host's name in the tailnet
  systemd.services.pantherctl-serve = {
    description = "What tailscaled serves";
    wantedBy = [ "multi-user.target" ];
    requires = [ "tailscaled.service" ];
    after = [
      "tailscaled.service"
      "tailscaled-set.service"
      "tailscaled-autoconnect.service"
    ];
    path = [ config.services.tailscale.package ];
    script = ''
      tailscale serve reset
      tailscale serve --bg --https=8443 http://127.0.0.1:8081
    '';
    # tailscaled would remember
    preStop = ''
      tailscale serve reset
    '';
    serviceConfig = {
      Type = "oneshot";
      # until the document drops it
      RemainAfterExit = true;
      # without HTTPS certificates in the tailnet it waits for somebody to allow them
      TimeoutStartSec = 60;
      # until the host has joined
      Restart = "on-failure";
      RestartSec = 60;
      CapabilityBoundingSet = "";
      NoNewPrivileges = true;
      PrivateDevices = true;
      # it speaks to tailscaled's socket alone
      PrivateNetwork = true;
      PrivateTmp = true;
      ProtectHome = true;
      ProtectSystem = "strict";
      RestrictAddressFamilies = [ "AF_UNIX" ];
      UMask = "0077";
    };
  };
}
