# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  agenix,
  opnix,
  secrets,
}:
{
  yoga = {
    imports = [
      agenix
      ./hosts/yoga
      {
        age.secrets.hbohlen-password.file = secrets + "/hbohlen-password.age";
        age.secrets.tailscale-workstation.file = secrets + "/tailscale-workstation.age";
      }
    ];
  };
  zephyrus = {
    imports = [
      agenix
      ./hosts/zephyrus
      {
        age.secrets.hbohlen-password.file = secrets + "/hbohlen-password.age";
        age.secrets.tailscale-workstation.file = secrets + "/tailscale-workstation.age";
      }
    ];
  };
  hetzner-vps = {
    imports = [
      agenix
      opnix
      ./hosts/hetzner-vps
      {
        age.secrets.hbohlen-password.file = secrets + "/hbohlen-password.age";
        age.secrets.tailscale-server.file = secrets + "/tailscale-server.age";
        age.secrets.opnix-token.file = secrets + "/opnix-token.age";
      }
    ];
  };
  ovh-vps = {
    imports = [
      agenix
      opnix
      ./hosts/ovh-vps
      {
        age.secrets.hbohlen-password.file = secrets + "/hbohlen-password.age";
        age.secrets.tailscale-server.file = secrets + "/tailscale-server.age";
        age.secrets.opnix-token.file = secrets + "/opnix-token.age";
      }
    ];
  };
}
