# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  config,
  lib,
  options,
  ...
}:
{
  config = lib.mkMerge [
    {
      containers.keep = {
        autoStart = true;
        ephemeral = true;
        # a cable to the host and nothing else
        privateNetwork = true;
        hostAddress = "10.233.9.1";
        localAddress = "10.233.9.2";
        hostAddress6 = "fd00:9::1";
        localAddress6 = "fd00:9::2";

        bindMounts = {
          "/var/lib/vault" = {
            hostPath = "/keep/vault";
            isReadOnly = false;
          };
        };

        # read by root of the host, handed to the units inside that ask for them
        extraFlags = [
          "--load-credential=mail:${config.age.secrets.mail.path}"
          "--load-credential=vault-unseal:/run/opnix-secrets/vault-unseal"
        ];

        config = {
          networking.enableIPv6 = true;
          networking.nftables.enable = true;
          networking.firewall = {
            enable = true;
            allowedTCPPortRanges = [
              {
                from = 8200;
                to = 8201;
              }
            ];
          };
          # unless its own module says since when it holds data
          system.stateVersion = lib.mkDefault config.system.stateVersion;
        };
      };

      systemd.services."container@keep" = {
        # a changed secret reaches it
        restartTriggers = [ config.age.secrets.mail.file ];
        # its secrets are fetched from 1Password
        after = [ "opnix-secrets.service" ];
        wants = [ "opnix-secrets.service" ];
      };

      # the firewall's forward chain lets through what is handed on
      networking.nftables.tables.pantherctl-containers = {
        family = "inet";
        content = ''
          set limit-vault-tailnet-4 { type ipv4_addr; flags dynamic, timeout; timeout 10m; size 65536; }
          set limit-vault-tailnet-6 { type ipv6_addr; flags dynamic, timeout; timeout 10m; size 65536; }
          chain prerouting {
            type nat hook prerouting priority dstnat; policy accept;
            fib daddr type != local return comment "only what is for the host"

            # vault for workstation, in keep
            iifname "tailscale0" meta nfproto ipv4 tcp dport 8200-8201 add @limit-vault-tailnet-4 { ip saddr limit rate 30/minute burst 60 packets } dnat ip to 10.233.9.2
            iifname "tailscale0" meta nfproto ipv6 tcp dport 8200-8201 add @limit-vault-tailnet-6 { ip6 saddr limit rate 30/minute burst 60 packets } dnat ip6 to fd00:9::2

            # vault for keeper, in keep
            iifname "tailscale0" ip saddr 100.101.2.1 tcp dport 8200-8201 dnat ip to 10.233.9.2
            iifname "tailscale0" ip6 saddr fd7a:115c:a1e0::1 tcp dport 8200-8201 dnat ip6 to fd00:9::2
          }
        '';
      };
    }
    (lib.optionalAttrs ((options.containers.type.getSubOptions [ ]) ? privateUsers) {
      # their root is nobody on the host
      containers.keep.privateUsers = "pick";
    })
  ];
}
