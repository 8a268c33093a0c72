# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  services.authelia.instances.main = {
    enable = true;
    # as credentials, below
    secrets.manual = true;
    environmentVariables = {
      AUTHELIA_IDENTITY_VALIDATION_RESET_PASSWORD_JWT_SECRET_FILE = "/run/credentials/authelia-main.service/jwt_secret";
      AUTHELIA_SESSION_SECRET_FILE = "/run/credentials/authelia-main.service/session_secret";
      AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE = "/run/credentials/authelia-main.service/storage_key";
    };

    settings = {
      theme = "auto";
      log.level = "info";
      # only the proxy of this host reaches it
      server.address = "tcp://127.0.0.1:9091/";
      authentication_backend = {
        file.path = "/run/credentials/authelia-main.service/users";
        # users come from the secret, which Authelia cannot write
        password_reset.disable = true;
      };
      access_control = {
        default_policy = "deny";
        rules = [
          {
            domain = [
              "dns.home.example.org"
              "files.home.example.org"
            ];
            # a password alone is guessed or given away
            policy = "two_factor";
          }
        ];
      };
      session.cookies = [
        {
          domain = "home.example.org";
          authelia_url = "https://auth.home.example.org";
        }
      ];
      storage.local.path = "/var/lib/authelia-main/db.sqlite3";
      # an administrator reads the codes there: no mail server knows them
      notifier.filesystem.filename = "/var/lib/authelia-main/notifications.txt";
    };
  };

  systemd.services.authelia-main = {
    serviceConfig.LoadCredential = [
      "jwt_secret:${config.age.secrets.authelia-jwt.path}"
      "session_secret:${config.age.secrets.authelia-session.path}"
      "storage_key:${config.age.secrets.authelia-storage.path}"
      "users:${config.age.secrets.authelia-users.path}"
    ];
  };
}
