# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  age = {
    # the key the files are encrypted to
    identityPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];

    secrets = {
      hbohlen-password = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      tailscale-workstation = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      ntfy = {
        owner = "root";
        group = "root";
        mode = "0400";
      };
    };
  };
}
