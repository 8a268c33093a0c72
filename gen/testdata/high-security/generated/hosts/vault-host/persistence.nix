# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # keys and accounts are read from it before anything else is mounted
  fileSystems."/keep".neededForBoot = true;

  environment.persistence."/keep" = {
    hideMounts = true;
    directories = [
      # which user and group has which number, or files change owners
      "/var/lib/nixos"
      # when timers ran last, the random seed, core dumps
      "/var/lib/systemd"
      # the evidence
      "/var/log"
      # the node key, or every boot is a new machine
      {
        directory = "/var/lib/tailscale";
        mode = "0700";
      }
      # who was banned how often: bans grow
      {
        directory = "/var/lib/fail2ban";
        mode = "0750";
      }
      # notifications that wait, and when the last ones went out
      {
        directory = "/var/lib/pantherctl-notify";
        mode = "0700";
      }
      # whether the host is isolated, and the evidence
      {
        directory = "/var/lib/pantherctl";
        mode = "0700";
      }
      # the keys that sign what boots, or the next system does not
      {
        directory = "/var/lib/sbctl";
        mode = "0700";
      }
      # the files of sealed
      "/srv/records"
      # second factors and sessions, or everybody enrols again
      {
        directory = "/var/lib/authelia-main";
        mode = "0700";
      }
      # certificates and the account, or every boot asks for new ones until the authority refuses
      "/var/lib/acme"
      # Caddy's certificates and account: the authority limits how many it gives
      {
        directory = "/var/lib/caddy";
        mode = "0750";
      }
      # what the repository holds, or every backup reads all of it
      {
        directory = "/var/cache/restic-backups-daily";
        mode = "0700";
      }
      # the key and the host key by which the flake is fetched
      {
        directory = "/root/.ssh";
        mode = "0700";
      }
    ];
    files = [
      # the journal and DHCP know the host by it
      "/etc/machine-id"
    ];
  };

  # the unit below needs systemd in the initrd
  boot.initrd.systemd.enable = true;

  boot.initrd.supportedFilesystems = [ "zfs" ];

  boot.initrd.systemd.services.wipe-root = {
    description = "Wipe the root file system";
    wantedBy = [ "initrd.target" ];
    requires = [ "initrd-root-device.target" ];
    # after a resume from hibernation would have happened
    after = [
      "initrd-root-device.target"
      "local-fs-pre.target"
      "zfs-import-rpool.service"
    ];
    before = [ "sysroot.mount" ];
    unitConfig.DefaultDependencies = "no";
    serviceConfig.Type = "oneshot";
    script = ''
      zfs rollback -r rpool/root@blank
    '';
  };
}
