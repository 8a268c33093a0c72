# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [
    ./users.nix
    ./network.nix
    ./firewall.nix
    ./ssh.nix
    ./sshclient.nix
    ./secrets.nix
    ./kernel.nix
    ./fail2ban.nix
    ./persistence.nix
    ./disk.nix
    ./backup.nix
    ./upgrade.nix
    ./journal.nix
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
      ./secrets.nix
      ./kernel.nix
      ./fail2ban.nix
      ./persistence.nix
      ./disk.nix
      ./backup.nix
      ./upgrade.nix
      ./journal.nix
      ../../modules/fleet-ssh.nix
    ];
  };
}
