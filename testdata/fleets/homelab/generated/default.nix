# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  agenix,
  impermanence,
  lanzaboote,
  secrets,
}:
{
  laptop = {
    imports = [
      lanzaboote
      ./hosts/laptop
    ];
  };
  server = {
    imports = [
      agenix
      impermanence
      ./hosts/server
      {
        age.secrets.admin-password.file = secrets + "/admin-password.age";
        age.secrets.cloudflared.file = secrets + "/cloudflared.age";
        age.secrets.adguard-password.file = secrets + "/adguard-password.age";
        age.secrets.vaultwarden.file = secrets + "/vaultwarden.age";
        age.secrets.restic-repository.file = secrets + "/restic-repository.age";
        age.secrets.restic-password.file = secrets + "/restic-password.age";
        age.secrets.restic-ssh-key.file = secrets + "/restic-ssh-key.age";
        age.secrets.cloudflare-dns-token.file = secrets + "/cloudflare-dns-token.age";
        age.secrets.authelia-users.file = secrets + "/authelia-users.age";
        age.secrets.authelia-jwt.file = secrets + "/authelia-jwt.age";
        age.secrets.authelia-storage.file = secrets + "/authelia-storage.age";
        age.secrets.authelia-session.file = secrets + "/authelia-session.age";
        age.secrets.ntfy.file = secrets + "/ntfy.age";
      }
    ];
  };
}
