# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, lib, ... }:
{
  services.traefik = {
    enable = true;
    # without api: neither dashboard nor API
    staticConfigOptions = {
      global = {
        # Nix decides
        checkNewVersion = false;
        sendAnonymousUsage = false;
      };
      entryPoints = {
        web = {
          address = ":80";
          http.redirections.entryPoint = {
            to = "websecure";
            scheme = "https";
          };
        };
        websecure = {
          address = ":443";
          http.tls.certResolver = "cloudflare";
        };
      };
      certificatesResolvers.cloudflare.acme = {
        email = "admin@example.org";
        storage = "/var/lib/traefik/acme.json";
        # names are proven without a port open to the internet
        dnsChallenge.provider = "cloudflare";
      };
    };

    dynamicConfigOptions = {
      tls.options.default = {
        minVersion = "VersionTLS12";
        # no certificate for names that are no site
        sniStrict = true;
      };
      http = {
        routers = {
          "auth.home.example.org" = {
            rule = "Host(`auth.home.example.org`)";
            entryPoints = [ "websecure" ];
            middlewares = [
              "transport"
              "nobody"
            ];
            service = "auth.home.example.org";
          };
          "dns.home.example.org" = {
            rule = "Host(`dns.home.example.org`)";
            entryPoints = [ "websecure" ];
            middlewares = [
              "transport"
              "nobody"
              "authelia"
            ];
            service = "dns.home.example.org";
          };
          "files.home.example.org" = {
            rule = "Host(`files.home.example.org`)";
            entryPoints = [ "websecure" ];
            middlewares = [
              "transport"
              "nobody"
              "authelia"
            ];
            service = "files.home.example.org";
          };
          "vault.home.example.org" = {
            rule = "Host(`vault.home.example.org`)";
            entryPoints = [ "websecure" ];
            middlewares = [
              "transport"
              "nobody"
            ];
            service = "vault.home.example.org";
          };
        };
        services = {
          "auth.home.example.org".loadBalancer.servers = [
            {
              url = "http://127.0.0.1:9091";
            }
          ];
          "dns.home.example.org".loadBalancer.servers = [
            {
              url = "http://127.0.0.1:3000";
            }
          ];
          "files.home.example.org".loadBalancer.servers = [
            {
              url = "http://10.233.1.2:8000";
            }
          ];
          "vault.home.example.org".loadBalancer.servers = [
            {
              url = "http://127.0.0.1:8222";
            }
          ];
        };
        middlewares = {
          transport.headers.stsSeconds = 31536000;
          # empty takes them away: visitors do not say who they are
          nobody.headers.customRequestHeaders = {
            Remote-User = "";
            Remote-Groups = "";
            Remote-Name = "";
            Remote-Email = "";
          };
          authelia.forwardAuth = {
            address = "http://127.0.0.1:9091/api/authz/forward-auth";
            # what a visitor says of himself is no news
            trustForwardHeader = false;
            authResponseHeaders = [
              "Remote-User"
              "Remote-Groups"
              "Remote-Name"
              "Remote-Email"
            ];
          };
        };
      };
    };
  };

  systemd.services.traefik = {
    environment.CF_DNS_API_TOKEN_FILE = "/run/credentials/traefik.service/cloudflare-token";

    serviceConfig = {
      # the token, which its user cannot read itself
      LoadCredential = [ "cloudflare-token:${config.age.secrets.cloudflare-dns-token.path}" ];
      LockPersonality = true;
      MemoryDenyWriteExecute = true;
      ProtectClock = true;
      ProtectControlGroups = true;
      ProtectHostname = true;
      ProtectKernelLogs = true;
      ProtectKernelModules = true;
      ProtectKernelTunables = true;
      ProtectProc = "invisible";
      RestrictAddressFamilies = [
        "AF_INET"
        "AF_INET6"
        "AF_UNIX"
      ];
      RestrictNamespaces = true;
      RestrictRealtime = true;
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
      SystemCallErrorNumber = "EPERM";
      SystemCallFilter = [
        "@system-service"
        "~@privileged"
      ];
      # it writes to its own folders only
      ProtectSystem = lib.mkForce "strict";
    };
  };
}
