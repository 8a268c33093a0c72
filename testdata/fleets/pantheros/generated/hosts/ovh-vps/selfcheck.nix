# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, pkgs, ... }:
{
  imports = [ ../../modules/selfcheck.nix ];

  pantherctl.selfcheck = {
    # drift is seen within a day
    every = 86400;
    # a changed file of the system shows
    store = true;
    # readable, and not empty
    secrets = [
      config.age.secrets.hbohlen-password.path
      config.age.secrets.tailscale-server.path
      config.age.secrets.ntfy.path
      config.age.secrets.opnix-token.path
      "/run/opnix-secrets/cloudflare-dns-token"
      "/run/opnix-secrets/database-password"
    ];
  };

  # for people who look at a host from outside
  environment.systemPackages = [
    pkgs.nmap
    pkgs.ssh-audit
    pkgs.sslscan
  ];
}
