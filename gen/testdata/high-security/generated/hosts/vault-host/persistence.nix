# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # keys and accounts are read from it before anything else is mounted
  fileSystems."/keep".neededForBoot = true;

  # preservation works in the initrd by systemd only
  boot.initrd.systemd.enable = true;

  preservation = {
    enable = true;
    preserveAt."/keep" = {
      # a colon: for a folder that is made, while one that is there keeps its own
      directories = [
        # which user and group has which number, or files change owners
        {
          directory = "/var/lib/nixos";
          # users are made before other mounts are there
          inInitrd = true;
        }
        # when timers ran last, the random seed, core dumps
        "/var/lib/systemd"
        # the evidence
        "/var/log"
        # the node key, or every boot is a new machine
        {
          directory = "/var/lib/tailscale";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # who was banned how often: bans grow
        {
          directory = "/var/lib/fail2ban";
          user = ":root";
          group = ":root";
          mode = ":0750";
        }
        # notifications that wait, and when the last ones went out
        {
          directory = "/var/lib/pantherctl-notify";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # whether the host is isolated, and the evidence
        {
          directory = "/var/lib/pantherctl";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # the keys that sign what boots, or the next system does not
        {
          directory = "/var/lib/sbctl";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # the files of sealed
        {
          directory = "/srv/records";
          user = ":root";
          group = ":root";
          mode = ":0755";
        }
        # second factors and sessions, or everybody enrols again
        {
          directory = "/var/lib/authelia-main";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # certificates and the account, or every boot asks for new ones until the authority refuses
        {
          directory = "/var/lib/acme";
          user = ":root";
          group = ":root";
          mode = ":0755";
        }
        # Caddy's certificates and account: the authority limits how many it gives
        {
          directory = "/var/lib/caddy";
          user = ":root";
          group = ":root";
          mode = ":0750";
        }
        # what the repository holds, or every backup reads all of it
        {
          directory = "/var/cache/restic-backups-daily";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # the key and the host key by which the flake is fetched
        {
          directory = "/root/.ssh";
          user = ":root";
          group = ":root";
          mode = ":0700";
          configureParent = true;
          parent.mode = "0700";
        }
        # the system to return to when an upgrade fails its check
        {
          directory = "/var/lib/pantherctl-upgrade";
          user = ":root";
          group = ":root";
          mode = ":0700";
        }
        # how the clock drifts, and the cookies of the time servers
        {
          directory = "/var/lib/chrony";
          user = ":root";
          group = ":root";
          mode = ":0750";
        }
      ];
      files = [
        # the journal and DHCP know the host by it
        {
          file = "/etc/machine-id";
          how = "symlink";
          # systemd asks for it first of all
          inInitrd = true;
          configureParent = true;
          parent.mode = "0755";
        }
      ];
    };
  };

  # the id of the first boot is written to where the link leads
  systemd.services.systemd-machine-id-commit = {
    unitConfig.ConditionPathIsMountPoint = [
      ""
      "/keep/etc/machine-id"
    ];
    serviceConfig.ExecStart = [
      ""
      "systemd-machine-id-setup --commit --root /keep"
    ];
  };

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
