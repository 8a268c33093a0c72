# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  age = {
    # the key the files are encrypted to
    identityPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];

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
  };

  # restarted when a secret it reads changes
  systemd.services.authelia-main.restartTriggers = [ config.age.secrets.authelia-users.file ];

  # restarted when a secret it reads changes
  systemd.services.traefik.restartTriggers = [ config.age.secrets.cloudflare-dns-token.file ];
}
