# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/fleet-ssh.nix ];
}
