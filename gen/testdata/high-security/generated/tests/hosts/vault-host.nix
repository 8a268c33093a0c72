# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # its name in kernels.nix
  kernel = "vault-host";

  network = {
    # all that are tried
    ports = "tcp/22 tcp/2222 tcp/443 tcp/465 tcp/53 tcp/80 tcp/8080 tcp/9 tcp/9100 udp/41641 udp/53 udp/9";
    sides = [
      {
        side = "tailnet";
        interface = "tailscale0";
        addresses = [
          "100.101.2.2"
          "fd7a:115c:a1e0:ffff::1"
        ];
        strangers = [
          "100.127.255.254"
          "fd7a:115c:a1e0:ffff::fffe"
        ];
        # and the ports they get to
        sources = {
          "100.127.255.254" = "tcp/22 tcp/443 tcp/9100 udp/41641";
          "fd7a:115c:a1e0:ffff::fffe" = "tcp/22 tcp/443 tcp/9100 udp/41641";
          "100.101.2.1" =
            "tcp/22 tcp/2222 tcp/443 tcp/465 tcp/53 tcp/80 tcp/8080 tcp/9 tcp/9100 udp/41641 udp/53 udp/9";
          "fd7a:115c:a1e0::1" =
            "tcp/22 tcp/2222 tcp/443 tcp/465 tcp/53 tcp/80 tcp/8080 tcp/9 tcp/9100 udp/41641 udp/53 udp/9";
        };
        limits = {
          "tcp/22" = 20;
        };
        ping = false;
        # what the host gets to there, all if empty
        egress = "";
      }

      {
        side = "lan";
        interface = "enp2s0";
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
          "192.168.255.254" = "tcp/22 tcp/2222 udp/41641";
          "fd1a:b000::fffe" = "tcp/22 tcp/2222 udp/41641";
        };
        limits = {
          "tcp/22" = 20;
        };
        ping = false;
        # what the host gets to there, all if empty
        egress = "tcp/22 tcp/443 tcp/465 tcp/53 tcp/80 udp/53";
      }

      {
        side = "wan";
        interface = "enp1s0";
        addresses = [
          "198.18.0.1"
          "2001:db8:1ab::1"
        ];
        strangers = [
          "198.18.255.254"
          "2001:db8:1ab::fffe"
        ];
        # and the ports they get to
        sources = {
          "198.18.255.254" = "tcp/2222 udp/41641";
          "2001:db8:1ab::fffe" = "tcp/2222 udp/41641";
        };
        limits = {
          "tcp/2222" = 20;
        };
        ping = false;
        # what the host gets to there, all if empty
        egress = "tcp/22 tcp/443 tcp/465 tcp/53 tcp/80 udp/53";
      }

      {
        side = "container";
        interface = "ve-keep";
        addresses = [
          "10.255.0.1"
          "fd1a:b001::1"
        ];
        strangers = [
          "10.255.255.254"
          "fd1a:b001::fffe"
        ];
        # and the ports they get to
        sources = {
          "10.255.255.254" = "udp/41641";
          "fd1a:b001::fffe" = "udp/41641";
        };
        limits = { };
        ping = false;
        # what the host gets to there, all if empty
        egress = "";
      }
    ];
  };

  ssh = {
    ports = [
      22
      2222
    ];
    members = [
      "keeper"
      "deploy"
    ];
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

  persistence = {
    mount = "/keep";
    kept = {
      "/var/lib/nixos" = "directory";
      "/var/lib/systemd" = "directory";
      "/var/log" = "directory";
      "/etc/machine-id" = "file";
      "/var/lib/tailscale" = "0700";
      "/var/lib/fail2ban" = "0750";
      "/var/lib/pantherctl-notify" = "0700";
      "/var/lib/pantherctl" = "0700";
      "/var/lib/sbctl" = "0700";
      "/srv/records" = "directory";
      "/var/lib/authelia-main" = "0700";
      "/var/lib/acme" = "directory";
      "/var/lib/caddy" = "0750";
      "/var/cache/restic-backups-daily" = "0700";
      "/root/.ssh" = "0700";
      "/var/lib/pantherctl-upgrade" = "0700";
      "/var/lib/chrony" = "0750";
    };
  };

  secrets = {
    keeper-password = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    vault-repository = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    vault-password = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    tailscale-key = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    mail = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
  };
}
