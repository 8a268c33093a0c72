# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # a host that shows another key is not the one it claims to be
  programs.ssh.knownHosts = {
    server = {
      hostNames = [
        "server"
        "192.168.1.10"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH";
    };
    server-initrd = {
      hostNames = [
        "server-initrd"
        "[server]:2222"
        "[192.168.1.10]:2222"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHBSL1A670Z2MHTE0a1rmIlyQURvPGmDQq2Bvml+Ghoh";
    };
  };

  # one connection serves many sessions, and no host may use the agent of who visits it
  programs.ssh.extraConfig = ''
    Host server 192.168.1.10
      ForwardAgent no
      ControlMaster auto
      ControlPath ~/.ssh/cm-%C
      ServerAliveInterval 60
    Host server-initrd
      HostName 192.168.1.10
      Port 2222
      User root
      HostKeyAlias server-initrd
      ForwardAgent no
      StrictHostKeyChecking yes
  '';
}
