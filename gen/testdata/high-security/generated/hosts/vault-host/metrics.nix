# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  services.prometheus.exporters.node = {
    enable = true;
    # the host's address in the tailnet
    listenAddress = "100.101.2.2";
    port = 9100;
    # firewall.nix opens the port where access rules say so
    openFirewall = false;
    # units that failed
    enabledCollectors = [ "systemd" ];
  };

  systemd.services.prometheus-node-exporter = {
    # which brings the address
    after = [ "tailscaled.service" ];
    # until it is there; systemd would give up after five tries at once
    serviceConfig.RestartSec = 15;
    serviceConfig.IPAddressDeny = "any";
    # the tailnet
    serviceConfig.IPAddressAllow = [
      "100.64.0.0/10"
      "fd7a:115c:a1e0::/48"
    ];
  };
}
