# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  age = {
    # the key the files are encrypted to
    identityPaths = [ "/keep/etc/ssh/ssh_host_ed25519_key" ];

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
  };

  services.onepassword-secrets = {
    enable = true;
    tokenFile = "/keep/etc/opnix-token";
    # in memory: nothing in clear stays on disk
    outputDir = "/run/opnix-secrets";
    secrets = {
      vaultStorage = {
        reference = "op://vault/storage/environment";
        path = "/run/opnix-secrets/vault-storage";
        owner = "root";
        group = "root";
        mode = "0400";
      };

      dnsToken = {
        reference = "op://vault/cloudflare/dns-token";
        path = "/run/opnix-secrets/dns-token";
        owner = "root";
        group = "root";
        mode = "0400";
      };

      loginUsers = {
        reference = "op://vault/login/users";
        path = "/run/opnix-secrets/login-users";
        owner = "root";
        group = "root";
        mode = "0400";
      };

      loginJwt = {
        reference = "op://vault/login/jwt";
        path = "/run/opnix-secrets/login-jwt";
        owner = "root";
        group = "root";
        mode = "0400";
      };

      loginStorage = {
        reference = "op://vault/login/storage";
        path = "/run/opnix-secrets/login-storage";
        owner = "root";
        group = "root";
        mode = "0400";
      };

      loginSession = {
        reference = "op://vault/login/session";
        path = "/run/opnix-secrets/login-session";
        owner = "root";
        group = "root";
        mode = "0400";
      };

      vaultUnseal = {
        reference = "op://vault/unseal/key";
        path = "/run/opnix-secrets/vault-unseal";
        owner = "root";
        group = "root";
        mode = "0400";
        # restarted when the secret changes
        services = [ "vault" ];
      };
    };
  };
}
