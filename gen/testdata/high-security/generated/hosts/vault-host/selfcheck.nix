# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  imports = [ ../../modules/selfcheck.nix ];

  pantherctl.selfcheck = {
    # the document says so
    every = 21600;
    # a changed file of the system shows
    store = true;
    # readable, and not empty
    secrets = [
      config.age.secrets.keeper-password.path
      config.age.secrets.vault-repository.path
      config.age.secrets.vault-password.path
      "/run/opnix-secrets/vault-storage"
      "/run/opnix-secrets/dns-token"
      "/run/opnix-secrets/login-users"
      "/run/opnix-secrets/login-jwt"
      "/run/opnix-secrets/login-storage"
      "/run/opnix-secrets/login-session"
      config.age.secrets.tailscale-key.path
      config.age.secrets.mail.path
      "/run/opnix-secrets/vault-unseal"
    ];
  };
}
