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
    ./containers.nix
    ./persistence.nix
    ./disk.nix
    ./swap.nix
    ./time.nix
    ./backup.nix
    ./upgrade.nix
    ./journal.nix
    ./certificates.nix
    ./traefik.nix
    ./authelia.nix
    ./notify.nix
    ./adguard.nix
    ./vaultwarden.nix
    ./cloudflared.nix
    ./selfcheck.nix
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
      ./containers.nix
      ./persistence.nix
      ./disk.nix
      ./swap.nix
      ./time.nix
      ./backup.nix
      ./upgrade.nix
      ./journal.nix
      ./certificates.nix
      ./traefik.nix
      ./authelia.nix
      ./notify.nix
      ./adguard.nix
      ./vaultwarden.nix
      ./cloudflared.nix
      ./selfcheck.nix
      ../../modules/fleet-ssh.nix
    ];
    # accepted by the document; pantherctl check knows until when
    waived = [ "I1" ];
  };
}
