# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/certificates.nix ];

  security.acme = {
    # the document says so
    acceptTerms = true;
    defaults = {
      email = "keeper@vault.example";
      # names are proven without a port open to the internet
      dnsProvider = "cloudflare";
      # handed over by systemd: no service's user can read the secret itself
      credentialFiles.CF_DNS_API_TOKEN_FILE = "/run/opnix-secrets/dns-token";
    };

    certs = {
      "vault.example" = {
        extraDomainNames = [ "*.vault.example" ];
      };
    };
  };

  systemd.services."acme-order-renew-vault.example" = {
    wants = [ "opnix-secrets.service" ];
    # 1Password brings a secret that it reads
    after = [ "opnix-secrets.service" ];
  };

  pantherctl.certificates = {
    # renewal is due 30 days before the end: by then it has failed for two weeks
    within = 1209600;
    kept = [ "vault.example" ];
    # as browsers get them
    served = [
      "ui.vault.example"
      "login.vault.example"
    ];
  };
}
