# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/fleet-ssh.nix ];

  # the agent finds the private half by it; an agent's other keys would each count as a try
  environment.etc."ssh/fleet-identity.pub".text = ''
    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1iFn0lKMHQiTt8y/B9qsdQarbIHl4PTJIdwuRwp30A
  '';

  programs.ssh.extraConfig = ''
    Host vault-host 100.101.2.2
      IdentityFile /etc/ssh/fleet-identity.pub
      IdentitiesOnly yes
  '';
}
