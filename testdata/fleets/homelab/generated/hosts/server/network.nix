# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # the document says so
  networking.enableIPv6 = false;

  # containers get out under the host's address; nothing gets in by it
  networking.nat = {
    enable = true;
    externalInterface = "enp1s0";
    # * and not +, which is of iptables
    internalInterfaces = [ "ve-*" ];
  };
}
