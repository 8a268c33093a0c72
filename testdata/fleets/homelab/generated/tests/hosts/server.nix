# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # its name in kernels.nix
  kernel = "server";

  network = {
    # all that are tried
    ports = "tcp/22 tcp/443 tcp/53 tcp/7844 tcp/80 tcp/8080 tcp/9 udp/53 udp/7844 udp/9";
    sides = [
      {
        side = "lan";
        interface = "enp1s0";
        addresses = [ "192.168.1.10" ];
        strangers = [ "192.168.255.254" ];
        # and the ports they get to
        sources = {
          "192.168.255.254" = "tcp/22 tcp/443 tcp/53 tcp/80 udp/53";
        };
        limits = {
          "tcp/22" = 20;
        };
        ping = false;
        # what the host gets to there, all if empty
        egress = "tcp/22 tcp/443 tcp/53 tcp/7844 tcp/80 udp/53 udp/7844";
      }

      {
        side = "container";
        interface = "ve-0";
        addresses = [ "10.255.0.2" ];
        strangers = [ "10.255.255.254" ];
        # and the ports they get to
        sources = {
          "10.255.255.254" = "";
        };
        limits = { };
        ping = false;
        # what the host gets to there, all if empty
        egress = "";
      }
    ];
  };

  ssh = {
    ports = [ 22 ];
    members = [
      "admin"
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
    audit = false;
  };

  persistence = {
    mount = "/persist";
    kept = {
      "/var/lib/nixos" = "directory";
      "/var/lib/systemd" = "directory";
      "/var/log" = "directory";
      "/etc/machine-id" = "file";
      "/var/lib/fail2ban" = "0750";
      "/var/lib/pantherctl-notify" = "0700";
      "/var/lib/authelia-main" = "0700";
      "/var/lib/traefik" = "0700";
      "/var/cache/restic-backups-daily" = "0700";
      "/root/.ssh" = "0700";
      "/var/lib/pantherctl-upgrade" = "0700";
      "/var/lib/nixos-containers" = "directory";
      "/var/lib/private" = "0700";
      "/var/lib/vaultwarden" = "0700";
      "/var/lib/bitwarden_rs" = "0700";
      "/var/backup/vaultwarden" = "0700";
      "/var/lib/chrony" = "0750";
    };
  };

  secrets = {
    admin-password = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    cloudflared = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    adguard-password = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    vaultwarden = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    restic-repository = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    restic-password = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    restic-ssh-key = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    cloudflare-dns-token = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    authelia-users = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    authelia-jwt = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    authelia-storage = {
      owner = "root";
      group = "root";
      mode = "0400";
    };
    authelia-session = {
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

  unlock = {
    port = 2222;
    device = "cryptroot";
  };
}
