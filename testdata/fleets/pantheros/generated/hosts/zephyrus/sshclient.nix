# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/fleet-ssh.nix ];

  # unfree: nixpkgs.config must allow 1password and 1password-cli
  programs._1password.enable = true;
  programs._1password-gui = {
    # its agent runs once it is switched on in the application's settings
    enable = true;
    # who may unlock it with the system's password or a finger
    polkitPolicyOwners = [ "hbohlen" ];
  };

  # 1Password's agent is the one
  programs.ssh.startAgent = false;

  programs.ssh.extraConfig = ''
    Host *
      IdentityAgent ~/.1password/agent.sock
  '';
}
