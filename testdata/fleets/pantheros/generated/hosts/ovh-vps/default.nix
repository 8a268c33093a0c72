# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [
    ./users.nix
    ./firewall.nix
    ./ssh.nix
    ./sshclient.nix
    ./tailscale.nix
    ./secrets.nix
    ./kernel.nix
    ./disk.nix
    ./journal.nix
  ];
}
