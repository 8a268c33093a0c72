# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [
    ./users.nix
    ./network.nix
    ./firewall.nix
    ./ssh.nix
    ./sshclient.nix
    ./kernel.nix
    ./disk.nix
    ./swap.nix
    ./upgrade.nix
    ./wifi.nix
    ../../modules/guard.nix
  ];

  # a rebuild refuses what other modules make of these
  pantherctl.guard = {
    modules = [
      ./users.nix
      ./network.nix
      ./firewall.nix
      ./ssh.nix
      ./sshclient.nix
      ./kernel.nix
      ./disk.nix
      ./swap.nix
      ./upgrade.nix
      ./wifi.nix
      ../../modules/fleet-ssh.nix
    ];
  };
}
