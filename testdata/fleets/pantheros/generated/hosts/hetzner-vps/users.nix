# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  # accounts are what the document says, nothing more
  users.mutableUsers = false;

  # only members may log in by ssh
  users.groups.ssh-users = { };

  users.users = {
    hbohlen = {
      isNormalUser = true;
      description = "hbohlen";
      extraGroups = [
        "ssh-users"
        "wheel"
      ];
      hashedPasswordFile = config.age.secrets.hbohlen-password.path;
      openssh.authorizedKeys.keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX yogaSSH"
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM07lYQhvrqOoFYEnXZK3YJ7WRzcPiyJE3uwRMN9Kphe zephyrusSSH"
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcE52xK9Z1cvfUjNMpk/W+wLVqGuZUuU/gXZSiXXFJQ desktopSSH"
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBJE4pOxHnDrdyoxkUpgDTJr9FWDNPVc8XcpyCVpQxRc phoneSSH"
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
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDriBxgBKq7bxEqTWBXewXWPpx5low5/Tvhhqtkt8Jzo deploy"
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
    trusted-public-keys = [ "pantheros-1:Ck+K+k94oHwS2DMv17Yz97SMU7OUWdIfPsI4r7IdDKU=" ];
  };
}
