# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  services.vaultwarden = {
    enable = true;
    environmentFile = config.age.secrets.vaultwarden.path;
    # a copy of an open database is no backup
    backupDir = "/var/backup/vaultwarden";

    config = {
      DOMAIN = "https://vault.home.example.org";
      # a proxy or tunnel of this host brings requests, with TLS before it
      ROCKET_ADDRESS = "127.0.0.1";
      ROCKET_PORT = 8222;
      # accounts are for those who are invited
      SIGNUPS_ALLOWED = false;
      # members of an organisation invite others
      INVITATIONS_ALLOWED = true;
      # a hint is for whoever asks for it
      SHOW_PASSWORD_HINT = false;
      # what an admin page once saved, its own token with it, counts no more
      CONFIG_FILE = "/var/empty/config.json";
    };
  };

  systemd.services.vaultwarden = {
    # no admin page, even if the secret names a token for it
    serviceConfig.UnsetEnvironment = [
      "ADMIN_TOKEN"
      "ADMIN_TOKEN_FILE"
      "DISABLE_ADMIN_TOKEN"
    ];
    restartTriggers = [ config.age.secrets.vaultwarden.file ];
  };

  # the backup takes along what was dumped a moment before
  systemd.services.restic-backups-daily = {
    wants = [ "backup-vaultwarden.service" ];
    after = [ "backup-vaultwarden.service" ];
  };
}
