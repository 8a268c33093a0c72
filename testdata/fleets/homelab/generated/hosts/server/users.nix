# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  # accounts are what the document says, nothing more
  users.mutableUsers = false;

  # only members may log in by ssh
  users.groups.ssh-users = { };

  users.users = {
    admin = {
      isNormalUser = true;
      description = "Administrator";
      extraGroups = [
        "ssh-users"
        "wheel"
      ];
      hashedPasswordFile = config.age.secrets.admin-password.path;
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq admin"
      ];
    };

    deploy = {
      isNormalUser = true;
      description = "Deployments";
      extraGroups = [
        "ssh-users"
        "wheel"
      ];
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1iFn0lKMHQiTt8y/B9qsdQarbIHl4PTJIdwuRwp30A deploy"
      ];
    };

    # nobody logs in as root with a password
    root.hashedPassword = "!";
  };

  security.sudo = {
    enable = true;
    # only members of wheel can run sudo at all
    execWheelOnly = true;
    # a stolen session is not yet root
    wheelNeedsPassword = true;
    # a deployment has no terminal to type a password at
    extraRules = [
      {
        users = [ "deploy" ];
        commands = [
          {
            command = "ALL";
            options = [ "NOPASSWD" ];
          }
        ];
      }
    ];
  };

  nix.settings = {
    # others cannot talk to the Nix daemon
    allowed-users = [ "@wheel" ];
    # a trusted user is root by another name
    trusted-users = [ "root" ];
    # store paths signed so are accepted from a deployment
    trusted-public-keys = [ "homelab-1:BzLL8evHb3rd6m0x3v7ABlVrdsnvz4ajhsl/3+11G14=" ];
  };
}
