# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, lib, ... }:
{
  services.adguardhome = {
    enable = true;
    # what the web interface changes is gone at the next start
    mutableSettings = false;
    # whoever manages it decides what names mean
    host = "127.0.0.1";
    port = 3000;
    # firewall.nix opens ports where access rules say so
    openFirewall = false;

    settings = {
      # that of these names; a newer AdGuard Home translates them
      schema_version = 28;

      dns = {
        # named one by one: systemd-resolved keeps its own, 127.0.0.53
        bind_hosts = [ "192.168.1.10" ];
        port = 53;
        # nobody on the way reads or changes the questions
        upstream_dns = [ "https://dns.quad9.net/dns-query" ];
        # the upstream's own addresses
        bootstrap_dns = [
          "9.9.9.9"
          "149.112.112.112"
        ];
        # an answer many times the question is what amplification lives on (RFC 8482)
        refuse_any = true;
      };

      filtering = {
        protection_enabled = true;
        filtering_enabled = true;
        # hours
        filters_update_interval = 24;
      };
      filters = [
        {
          enabled = true;
          id = 1;
          name = "adguard";
          url = "https://adguardteam.github.io/HostlistsRegistry/assets/filter_1.txt";
        }
      ];

      users = [
        {
          name = "admin";
          # replaced below, outside the store
          password = "@password@";
        }
      ];
    };
  };

  systemd.services.adguardhome = {
    # when a secret changes
    restartTriggers = [ config.age.secrets.adguard-password.file ];

    serviceConfig = {
      # readable by this unit alone
      LoadCredential = [ "password:${config.age.secrets.adguard-password.path}" ];
    };

    # once NixOS has put the settings in place
    preStart = lib.mkAfter ''
      hash=$(<"$CREDENTIALS_DIRECTORY/password")
      if ! [[ "$hash" =~ ^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$ ]]; then
        echo "the secret is no hash as mkpasswd -m bcrypt prints it" >&2
        exit 1
      fi
      settings=$(<"$STATE_DIRECTORY/AdGuardHome.yaml")
      printf '%s\n' "''${settings//@password@/"$hash"}" >"$STATE_DIRECTORY/AdGuardHome.yaml"
    '';
  };
}
