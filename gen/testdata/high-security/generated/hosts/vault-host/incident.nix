# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  imports = [ ../../modules/lockdown.nix ];

  pantherctl.lockdown = {
    # the document says so
    interfaces = [ "enp2s0" ];
    # who still comes in
    operators = [
      "192.168.7.5"
      "fd00:7::5"
    ];
    # those of sshd, and no other
    ports = [
      22
      2222
    ];
    ipv6 = true;
    # the document says so
    releaseAfter = 604800;
    # told before the line is cut, or afterwards
    notify = true;
    # what an intruder may have read
    rotate = [
      "the secret keeper-password (by agenix)"
      "the secret vault-repository (by agenix)"
      "the secret vault-password (by agenix)"
      "the secret vault-storage (in 1Password: op://vault/storage/environment)"
      "the secret dns-token (in 1Password: op://vault/cloudflare/dns-token)"
      "the secret login-users (in 1Password: op://vault/login/users)"
      "the secret login-jwt (in 1Password: op://vault/login/jwt)"
      "the secret login-storage (in 1Password: op://vault/login/storage)"
      "the secret login-session (in 1Password: op://vault/login/session)"
      "the secret tailscale-key (by agenix)"
      "the secret mail (by agenix)"
      "the secret vault-unseal (in 1Password: op://vault/unseal/key)"
      "the SSH host key /keep/etc/ssh/ssh_host_ed25519_key, and every secret that was encrypted to it"
      "the node key: remove the host from the tailnet, and let it join again"
    ];
  };
}
