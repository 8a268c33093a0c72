# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # the document says so
  users.mutableUsers = true;

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
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq admin"
      ];
    };
  };

  security.sudo = {
    enable = true;
    # only members of wheel can run sudo at all
    execWheelOnly = true;
    # a stolen session is not yet root
    wheelNeedsPassword = true;
  };

  nix.settings = {
    # others cannot talk to the Nix daemon
    allowed-users = [ "@wheel" ];
    # a trusted user is root by another name
    trusted-users = [ "root" ];
  };
}
