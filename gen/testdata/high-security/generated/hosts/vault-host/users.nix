# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  # accounts are what the document says, nothing more
  users.mutableUsers = false;

  # only members may log in by ssh
  users.groups.ssh-users = { };

  users.users = {
    keeper = {
      isNormalUser = true;
      extraGroups = [
        "ssh-users"
        "wheel"
      ];
      hashedPasswordFile = config.age.secrets.keeper-password.path;
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq keeper"
      ];
    };

    deploy = {
      isNormalUser = true;
      extraGroups = [
        "ssh-users"
        "wheel"
      ];
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1iFn0lKMHQiTt8y/B9qsdQarbIHl4PTJIdwuRwp30A deploy"
      ];
    };

    drop = {
      isNormalUser = true;
      extraGroups = [ "ssh-users" ];
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILRKa6QjaLtVDSPrdwX7YeBAB0/9MzDDGsoTYHqdBK3K drop"
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
  };
}
