# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # a host that shows another key is not the one it claims to be
  programs.ssh.knownHosts = {
    yoga = {
      hostNames = [
        "yoga"
        "yoga.tail1234.ts.net"
        "100.101.1.1"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILMmkgurAPtN/qoEiveiYRBSSzn6eo8IdOYrbdDl/KcJ";
    };
    zephyrus = {
      hostNames = [
        "zephyrus"
        "zephyrus.tail1234.ts.net"
        "100.101.1.2"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDLnDuHmfFM9MZfPQq6uyObz+jEsqbohvXFqrWkbJcke";
    };
    hetzner-vps = {
      hostNames = [
        "hetzner-vps"
        "hetzner-vps.tail1234.ts.net"
        "100.101.1.3"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICtor4/wuoZtOkkNlH6LzYS/EbUQyS9vlaKqIUHd985l";
    };
    ovh-vps = {
      hostNames = [
        "ovh-vps"
        "ovh-vps.tail1234.ts.net"
        "100.101.1.4"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILGcwE3ry2Eg5U8zd6VgtTwFkbQgQouF5+Bp2nh2S2q7";
    };
  };

  # one connection serves many sessions, and no host may use the agent of who visits it
  programs.ssh.extraConfig = ''
    Host yoga yoga.tail1234.ts.net 100.101.1.1 zephyrus zephyrus.tail1234.ts.net 100.101.1.2 hetzner-vps hetzner-vps.tail1234.ts.net 100.101.1.3 ovh-vps ovh-vps.tail1234.ts.net 100.101.1.4
      ForwardAgent no
      ControlMaster auto
      ControlPath ~/.ssh/cm-%C
      ServerAliveInterval 60
  '';
}
