# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, lib, ... }:
{
  services.postgresql = {
    enable = true;
    ensureDatabases = [ "pantheros" ];
    ensureUsers = [
      {
        name = "pantheros";
        ensureDBOwnership = true;
        ensureClauses.login = true;
      }
    ];

    settings = {
      # this host and the tailnet, which WireGuard encrypts: clients there need no TLS,
      # and one that asks for it (sslmode=require) is refused
      listen_addresses = lib.mkForce "127.0.0.1,::1,100.101.1.4";
      port = 5432;
      # what the server stores does not log in anywhere
      password_encryption = "scram-sha-256";
      # the journal knows who logged in, and who tried
      log_connections = true;
    };

    # all of pg_hba.conf: NixOS's own lines would let every role in by MD5
    authentication = lib.mkForce ''
      local all all peer
      host "pantheros" "pantheros" 127.0.0.1/32 scram-sha-256
      host "pantheros" "pantheros" ::1/128 scram-sha-256
      host "pantheros" "pantheros" 100.101.1.3/32 scram-sha-256
    '';
  };

  # the server listens before tailscaled has brought the address
  boot.kernel.sysctl = {
    "net.ipv4.ip_nonlocal_bind" = 1;
  };

  systemd.services.pantherctl-postgresql = {
    description = "Passwords of PostgreSQL's roles";
    wantedBy = [ "multi-user.target" ];
    requires = [ "postgresql.service" ];
    # the roles are there
    after = [
      "postgresql.service"
      "postgresql-setup.service"
      "opnix-secrets.service"
    ];
    path = [ config.services.postgresql.package ];
    script = ''
      for file in "$CREDENTIALS_DIRECTORY"/*; do
        role=''${file##*/}
        password=$(<"$file")
        case "$password" in
          "" | *$'\n'*)
            echo "the password of $role is not one line of text" >&2
            exit 1
            ;;
        esac
        printf '%s\n' "$password" "$password" |
          psql --no-psqlrc --quiet --dbname=postgres --set=ON_ERROR_STOP=1 --command="\password \"$role\""
      done
    '';
    # brings secrets of 1Password, once there is a network
    wants = [ "opnix-secrets.service" ];

    serviceConfig = {
      Type = "oneshot";
      # once for each start of the server
      RemainAfterExit = true;
      Restart = "on-failure";
      RestartSec = 60;
      # as whom the server lets it in by the socket
      User = "postgres";
      # readable by this unit alone
      LoadCredential = [ "pantheros:/run/opnix-secrets/database-password" ];
      CapabilityBoundingSet = "";
      NoNewPrivileges = true;
      PrivateDevices = true;
      PrivateNetwork = true;
      PrivateTmp = true;
      ProtectHome = true;
      ProtectSystem = "strict";
      RestrictAddressFamilies = [ "AF_UNIX" ];
      UMask = "0077";
    };
  };

  services.postgresqlBackup = {
    enable = true;
    # roles too, which hold no password in clear
    backupAll = true;
    location = "/var/backup/postgresql";
    startAt = "*-*-* 01:15:00";
    compression = "zstd";
  };
}
