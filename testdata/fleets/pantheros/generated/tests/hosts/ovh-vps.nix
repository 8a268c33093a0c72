# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # its name in kernels.nix
  kernel = "hetzner-vps";

  network = {
    # all that are tried
    ports = "tcp/22 tcp/443 tcp/53 tcp/80 tcp/8080 tcp/8443 tcp/9 udp/41641 udp/53 udp/9";
    sides = [
      {
        side = "tailnet";
        interface = "tailscale0";
        addresses = [
          "100.101.1.4"
          "fd7a:115c:a1e0:ffff::4"
        ];
        strangers = [
          "100.127.255.254"
          "fd7a:115c:a1e0:ffff::fffe"
        ];
        # and the ports they get to
        sources = {
          "100.127.255.254" = "tcp/22 tcp/443 tcp/53 tcp/80 tcp/8443 udp/41641 udp/53";
          "fd7a:115c:a1e0:ffff::fffe" = "tcp/22 tcp/443 tcp/53 tcp/80 tcp/8443 udp/41641 udp/53";
          "100.101.1.3" = "tcp/22 tcp/443 tcp/53 tcp/80 tcp/8080 tcp/8443 tcp/9 udp/41641 udp/53 udp/9";
        };
        limits = {
          "tcp/22" = 20;
        };
        ping = true;
        # what the host gets to there, all if empty
        egress = "";
      }

      {
        side = "wan";
        interface = "eth0";
        addresses = [
          "198.18.0.4"
          "2001:db8:1ab::4"
        ];
        strangers = [
          "198.18.255.254"
          "2001:db8:1ab::fffe"
        ];
        # and the ports they get to
        sources = {
          "198.18.255.254" = "udp/41641";
          "2001:db8:1ab::fffe" = "udp/41641";
        };
        limits = { };
        ping = true;
        # what the host gets to there, all if empty
        egress = "tcp/443 tcp/53 tcp/80 udp/53";
      }
    ];
  };

  ssh = {
    ports = [ 22 ];
    members = [
      "hbohlen"
      "deploy"
    ];
    others = [ "root" ];
    forwarding = "no";
    kex = "strict";
  };

  boot = {
    sandboxed = [
      "pantherctl-notify.service"
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
    tailscale-server = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    ntfy = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    opnix-token = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
  };
}
