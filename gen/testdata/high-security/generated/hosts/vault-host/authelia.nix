# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
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
            domain = [ "ui.vault.example" ];
            # a password alone is guessed or given away
            policy = "two_factor";
          }
        ];
      };
      session.cookies = [
        {
          domain = "vault.example";
          authelia_url = "https://login.vault.example";
        }
      ];
      storage.local.path = "/var/lib/authelia-main/db.sqlite3";
      # an administrator reads the codes there: no mail server knows them
      notifier.filesystem.filename = "/var/lib/authelia-main/notifications.txt";
    };
  };

  systemd.services.authelia-main = {
    wants = [ "opnix-secrets.service" ];
    # 1Password brings a secret that it reads
    after = [ "opnix-secrets.service" ];
    serviceConfig.LoadCredential = [
      "jwt_secret:/run/opnix-secrets/login-jwt"
      "session_secret:/run/opnix-secrets/login-session"
      "storage_key:/run/opnix-secrets/login-storage"
      "users:/run/opnix-secrets/login-users"
    ];
  };
}
