# The text of the units that generated modules write, extend or turn on. Those of
# the rest of NixOS cannot all be had without its packages.
{ config, ... }:
let
  prefixes = [
    "acme-"
    "adguardhome"
    "audit"
    "authelia-"
    "caddy"
    "chronyd"
    "cloudflared-tunnel-"
    "container@"
    "fail2ban"
    "iwd"
    "logrotate"
    "opnix"
    "pantherctl-"
    "postgresql"
    "prometheus-"
    "restic-backups-"
    "sshd"
    "syslog"
    "systemd-machine-id-commit"
    "tailscaled"
    "traefik"
    "vaultwarden"
    "wipe-root"
  ];
  asked = name: builtins.any (prefix: builtins.substring 0 (builtins.stringLength prefix) name == prefix) prefixes;
  texts =
    units:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = units.${name}.text;
      }) (builtins.filter asked (builtins.attrNames units))
    );
in
{
  initrd = texts config.boot.initrd.systemd.units;
  system = texts config.systemd.units;
}
