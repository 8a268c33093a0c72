# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [
    ./users.nix
    ./network.nix
    ./firewall.nix
    ./ssh.nix
    ./sshclient.nix
    ./tailscale.nix
    ./secrets.nix
    ./kernel.nix
    ./apparmor.nix
    ./sandbox.nix
    ./integrity.nix
    ./disk.nix
    ./audit.nix
    ./logs.nix
    ./notify.nix
    ./selfcheck.nix
    ./incident.nix
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
      ./tailscale.nix
      ./secrets.nix
      ./kernel.nix
      ./apparmor.nix
      ./sandbox.nix
      ./integrity.nix
      ./disk.nix
      ./audit.nix
      ./logs.nix
      ./notify.nix
      ./selfcheck.nix
      ./incident.nix
      ../../modules/fleet-ssh.nix
    ];
  };
}
