# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  age = {
    # the key the files are encrypted to
    identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];

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
  };

  services.onepassword-secrets = {
    enable = true;
    tokenFile = config.age.secrets.opnix-token.path;
    # in memory: nothing in clear stays on disk
    outputDir = "/run/opnix-secrets";
    secrets = {
      cloudflareDnsToken = {
        reference = "op://pantherOS/cloudflare/dns-token";
        path = "/run/opnix-secrets/cloudflare-dns-token";
        owner = "root";
        group = "root";
        mode = "0400";
        # restarted when the secret changes
        services = [ "caddy" ];
      };
    };
  };
}
