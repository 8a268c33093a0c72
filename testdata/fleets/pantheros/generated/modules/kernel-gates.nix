# Boot parameters that only newer kernels know. An older kernel hands an unknown one to init
# as an environment variable, or drops it without a word.
{ config, lib, ... }:
let
  gates = config.pantherctl.kernelParamsSince;
  kernel = config.boot.kernelPackages.kernel.version;
  known = since: params: lib.optionals (lib.versionAtLeast kernel since) params;
in
{
  options.pantherctl.kernelParamsSince = lib.mkOption {
    type = lib.types.attrsOf (lib.types.listOf lib.types.str);
    default = { };
    example = {
      "6.17" = [ "hash_pointers=always" ];
    };
    description = "Boot parameters, by the first kernel version that knows them.";
  };

  config.boot.kernelParams = lib.concatLists (lib.mapAttrsToList known gates);
}
