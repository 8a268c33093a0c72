# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # systemd asks for the passphrase, wherever somebody can type it
  boot.initrd.systemd.enable = true;

  boot.initrd.luks.devices.cryptroot = {
    device = "/dev/disk/by-partlabel/root";
  };

  boot.initrd.network = {
    enable = true;
    ssh = {
      enable = true;
      # another host key needs another port
      port = 2222;
      # not sshd's: it ends up readable on the boot partition
      hostKeys = [ "/persist/etc/ssh/initrd_ed25519_key" ];
      # they answer systemd's question for the passphrase, and open no shell
      authorizedKeys = [
        "restrict,pty,command=\"/bin/systemd-tty-ask-password-agent --query\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq admin"
      ];
    };
  };

  # the network card's
  boot.initrd.availableKernelModules = [ "e1000e" ];

  boot.initrd.systemd.network.networks."10-unlock" = {
    matchConfig.Name = "enp1s0";
    networkConfig.DHCP = "yes";
  };

  # init=/bin/sh makes whoever is at the console root
  boot.loader.systemd-boot.editor = false;

  # nobody reads its screen, and SSH works without the failed mount
  systemd.enableEmergencyMode = false;
  # no root shell at the console before the disks are there
  boot.initrd.systemd.emergencyAccess = false;

  # the document says so
  fileSystems."/boot".options = [
    "noexec"
    "nosuid"
    "nodev"
  ];
  # the document says so
  boot.specialFileSystems."/dev/shm".options = [ "noexec" ];
  # the document says so
  fileSystems."/persist".options = [
    "nosuid"
    "nodev"
  ];
}
