# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # keys and accounts are read from it before anything else is mounted
  fileSystems."/persist".neededForBoot = true;

  environment.persistence."/persist" = {
    hideMounts = true;
    directories = [
      # which user and group has which number, or files change owners
      "/var/lib/nixos"
      # when timers ran last, the random seed, core dumps
      "/var/lib/systemd"
      # the evidence
      "/var/log"
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
      # second factors and sessions, or everybody enrols again
      {
        directory = "/var/lib/authelia-main";
        mode = "0700";
      }
      # Traefik's certificates and account: the authority limits how many it gives
      {
        directory = "/var/lib/traefik";
        mode = "0700";
      }
      # what the repository holds, or every backup reads all of it
      {
        directory = "/var/cache/restic-backups-daily";
        mode = "0700";
      }
      # the host key of the backup's server, without which nothing connects
      {
        directory = "/root/.ssh";
        mode = "0700";
      }
      # the system to return to when an upgrade fails its check
      {
        directory = "/var/lib/pantherctl-upgrade";
        mode = "0700";
      }
      # what containers write
      "/var/lib/nixos-containers"
      # blocklists and statistics of AdGuard Home
      {
        directory = "/var/lib/private";
        mode = "0700";
      }
      # the vault
      {
        directory = "/var/lib/vaultwarden";
        mode = "0700";
      }
      # the vault, where system.stateVersion is older than 24.11
      {
        directory = "/var/lib/bitwarden_rs";
        mode = "0700";
      }
      # copies of the vault, which the backup takes along
      {
        directory = "/var/backup/vaultwarden";
        mode = "0700";
      }
      # how the clock drifts, and the cookies of the time servers
      {
        directory = "/var/lib/chrony";
        mode = "0750";
      }
    ];
    files = [
      # the journal and DHCP know the host by it
      "/etc/machine-id"
    ];
  };

  # the unit below needs systemd in the initrd
  boot.initrd.systemd.enable = true;

  boot.initrd.supportedFilesystems = [ "btrfs" ];

  boot.initrd.systemd.services.wipe-root = {
    description = "Wipe the root file system";
    wantedBy = [ "initrd.target" ];
    requires = [ "initrd-root-device.target" ];
    # after a resume from hibernation would have happened
    after = [
      "initrd-root-device.target"
      "local-fs-pre.target"
      "systemd-cryptsetup@cryptroot.service"
    ];
    before = [ "sysroot.mount" ];
    unitConfig.DefaultDependencies = "no";
    serviceConfig.Type = "oneshot";
    script = ''
      mkdir -p /wipe
      mount -t btrfs -o subvol=/ /dev/mapper/cryptroot /wipe

      # Subvolumes inside the one before last go first, the deepest before the others.
      btrfs subvolume list /wipe | while read -r line; do
        echo "''${line##* path }"
      done | sort -r | while read -r inner; do
        case "$inner" in
          old-root | old-root/*) btrfs subvolume delete "/wipe/$inner" ;;
        esac
      done

      if [ -e /wipe/root ]; then
        mv /wipe/root /wipe/old-root
      fi
      btrfs subvolume create /wipe/root
      umount /wipe
    '';
  };
}
