# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  age = {
    # the key the files are encrypted to
    identityPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];

    secrets = {
      admin-password = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      cloudflared = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      adguard-password = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      vaultwarden = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      restic-repository = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      restic-password = {
        owner = "root";
        group = "root";
        mode = "0400";
      };

      restic-ssh-key = {
        owner = "root";
        group = "root";
        mode = "0400";
      };
    };
  };
}
