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
      containers.files = {
        autoStart = true;
        ephemeral = false;
        # a cable to the host and nothing else
        privateNetwork = true;
        hostAddress = "10.233.1.1";
        localAddress = "10.233.1.2";

        config = {
          networking.enableIPv6 = false;
          networking.nftables.enable = true;
          networking.firewall = {
            enable = true;
            allowedTCPPorts = [ 8000 ];
          };
          # unless its own module says since when it holds data
          system.stateVersion = lib.mkDefault config.system.stateVersion;
        };
      };
    }
    (lib.optionalAttrs ((options.containers.type.getSubOptions [ ]) ? privateUsers) {
      # their root is nobody on the host
      containers.files.privateUsers = "pick";
    })
  ];
}
