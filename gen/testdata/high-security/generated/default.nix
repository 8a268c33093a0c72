# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  agenix,
  lanzaboote,
  opnix,
  preservation,
  secrets,
}:
{
  vault-host = {
    imports = [
      agenix
      lanzaboote
      opnix
      preservation
      ./hosts/vault-host
      {
        age.secrets.keeper-password.file = secrets + "/keeper-password.age";
        age.secrets.vault-repository.file = secrets + "/vault-repository.age";
        age.secrets.vault-password.file = secrets + "/vault-password.age";
        age.secrets.tailscale-key.file = secrets + "/tailscale-key.age";
        age.secrets.mail.file = secrets + "/mail.age";
      }
    ];
  };
}
