# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  imports = [ ../../modules/selfcheck.nix ];

  pantherctl.selfcheck = {
    # drift is seen within a day
    every = 86400;
    # a changed file of the system shows
    store = true;
    # readable, and not empty
    secrets = [
      config.age.secrets.admin-password.path
      config.age.secrets.cloudflared.path
      config.age.secrets.adguard-password.path
      config.age.secrets.vaultwarden.path
      config.age.secrets.restic-repository.path
      config.age.secrets.restic-password.path
      config.age.secrets.restic-ssh-key.path
      config.age.secrets.cloudflare-dns-token.path
      config.age.secrets.authelia-users.path
      config.age.secrets.authelia-jwt.path
      config.age.secrets.authelia-storage.path
      config.age.secrets.authelia-session.path
      config.age.secrets.ntfy.path
    ];
  };
}
