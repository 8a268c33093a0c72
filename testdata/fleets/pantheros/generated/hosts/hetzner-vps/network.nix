# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # a growing part of the internet has nothing else
  networking.enableIPv6 = true;
}
