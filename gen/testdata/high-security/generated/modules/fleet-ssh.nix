# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # a host that shows another key is not the one it claims to be
  programs.ssh.knownHosts = {
    vault-host = {
      hostNames = [
        "vault-host"
        "100.101.2.2"
        "[vault-host]:2222"
        "[100.101.2.2]:2222"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL4MWODagQ5JK5+j3vlb2hYxllKFRmwOfqbN7Svst1TH";
    };
    host-ca-1 = {
      hostNames = [
        "vault-host"
        "100.101.2.2"
        "[vault-host]:2222"
        "[100.101.2.2]:2222"
      ];
      publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcE52xK9Z1cvfUjNMpk/W+wLVqGuZUuU/gXZSiXXFJQ";
      # it signs these hosts' certificates
      certAuthority = true;
    };
  };

  # one connection serves many sessions, and no host may use the agent of who visits it
  programs.ssh.extraConfig = ''
    Host vault-host 100.101.2.2
      ForwardAgent no
      ControlMaster auto
      ControlPath ~/.ssh/cm-%C
      ServerAliveInterval 60
  '';
}
