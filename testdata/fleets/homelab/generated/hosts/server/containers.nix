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
      containers.web = {
        autoStart = true;
        ephemeral = false;
        # a cable to the host and nothing else
        privateNetwork = true;
        hostAddress = "10.233.1.1";
        localAddress = "10.233.1.2";

        # read by root of the host, handed to the units inside that ask for them
        extraFlags = [ "--load-credential=cloudflared:${config.age.secrets.cloudflared.path}" ];

        config = {
          networking.enableIPv6 = false;
          networking.nftables.enable = true;
          networking.firewall = {
            enable = true;
            allowedTCPPorts = [
              80
              443
            ];
          };
          # unless its own module says since when it holds data
          system.stateVersion = lib.mkDefault config.system.stateVersion;
        };
      };

      systemd.services."container@web" = {
        # a changed secret reaches it
        restartTriggers = [ config.age.secrets.cloudflared.file ];
      };

      containers.dns = {
        autoStart = true;
        ephemeral = false;
        # a cable to the host and nothing else
        privateNetwork = true;
        hostAddress = "10.233.2.1";
        localAddress = "10.233.2.2";

        config = {
          networking.enableIPv6 = false;
          networking.nftables.enable = true;
          networking.firewall = {
            enable = true;
            allowedTCPPorts = [ 53 ];
            allowedUDPPorts = [ 53 ];
          };
          # unless its own module says since when it holds data
          system.stateVersion = lib.mkDefault config.system.stateVersion;
        };
      };

      # the firewall's forward chain lets through what is handed on
      networking.nftables.tables.pantherctl-containers = {
        family = "inet";
        content = ''
          chain prerouting {
            type nat hook prerouting priority dstnat; policy accept;
            fib daddr type != local return comment "only what is for the host"

            # dns for lan, in dns
            iifname "enp1s0" meta nfproto ipv4 tcp dport 53 dnat ip to 10.233.2.2
            iifname "enp1s0" meta nfproto ipv4 udp dport 53 dnat ip to 10.233.2.2

            # http for lan, in web
            iifname "enp1s0" meta nfproto ipv4 tcp dport 80 dnat ip to 10.233.1.2

            # https for lan, in web
            iifname "enp1s0" meta nfproto ipv4 tcp dport 443 dnat ip to 10.233.1.2
          }
        '';
      };
    }
    (lib.optionalAttrs ((options.containers.type.getSubOptions [ ]) ? privateUsers) {
      # their root is nobody on the host
      containers.web.privateUsers = "pick";
      containers.dns.privateUsers = "pick";
    })
  ];
}
