# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/lockdown.nix ];

  pantherctl.lockdown = {
    # its addresses cannot be forged
    interfaces = [ "tailscale0" ];
    # who still comes in
    operators = [
      "100.101.1.1"
      "100.101.1.2"
    ];
    # those of sshd, and no other
    ports = [ 22 ];
    ipv6 = true;
    # tailscaled's own packets: without them there is no tailnet to come by
    tailscale = 41641;
    # told before the line is cut, or afterwards
    notify = true;
    # what an intruder may have read
    rotate = [
      "the secret hbohlen-password (by agenix)"
      "the secret tailscale-server (by agenix)"
      "the secret ntfy (by agenix)"
      "the secret opnix-token (by agenix)"
      "the secret cloudflare-dns-token (in 1Password: op://pantherOS/cloudflare/dns-token)"
      "the secret database-password (in 1Password: op://pantherOS/database/password)"
      "the SSH host key /etc/ssh/ssh_host_ed25519_key, and every secret that was encrypted to it"
      "the node key: remove the host from the tailnet, and let it join again"
    ];
  };
}
