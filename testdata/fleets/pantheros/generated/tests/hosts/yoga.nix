# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # its name in kernels.nix
  kernel = "yoga";

  network = {
    # all that are tried
    ports = "tcp/22 tcp/8080 tcp/9 udp/41641 udp/9";
    sides = [
      {
        side = "tailnet";
        interface = "tailscale0";
        addresses = [
          "100.101.1.1"
          "fd7a:115c:a1e0:ffff::1"
        ];
        strangers = [
          "100.127.255.254"
          "fd7a:115c:a1e0:ffff::fffe"
        ];
        # and the ports they get to
        sources = {
          "100.127.255.254" = "tcp/22 udp/41641";
          "fd7a:115c:a1e0:ffff::fffe" = "tcp/22 udp/41641";
        };
        limits = { };
        ping = true;
        # what the host gets to there, all if empty
        egress = "";
      }

      {
        side = "lan";
        interface = "wlan0";
        addresses = [
          "192.168.0.1"
          "fd1a:b000::1"
        ];
        strangers = [
          "192.168.255.254"
          "fd1a:b000::fffe"
        ];
        # and the ports they get to
        sources = {
          "192.168.255.254" = "udp/41641";
          "fd1a:b000::fffe" = "udp/41641";
        };
        limits = { };
        ping = true;
        # what the host gets to there, all if empty
        egress = "";
      }
    ];
  };

  ssh = {
    ports = [ 22 ];
    members = [ "hbohlen" ];
    others = [ "root" ];
    forwarding = "no";
    kex = "strict";
  };

  boot = {
    sandboxed = [
      "pantherctl-notify.service"
      "pantherctl-integrity.service"
      "pantherctl-selfcheck.service"
    ];
    audit = true;
  };

  secrets = {
    hbohlen-password = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    tailscale-workstation = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    ntfy = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
  };
}
