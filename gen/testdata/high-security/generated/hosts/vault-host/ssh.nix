# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  services.openssh = {
    enable = true;
    ports = [
      22
      2222
    ];

    # firewall.nix opens the ports where access rules say so
    openFirewall = false;

    # keys come from users.nix, not from files a session could write
    authorizedKeysInHomedir = false;

    # on the mount that survives: the key is there before anything is bind-mounted
    hostKeys = [
      {
        path = "/keep/etc/ssh/ssh_host_ed25519_key";
        type = "ed25519";
      }
    ];

    # scp and sftp need it; it runs inside sshd
    allowSFTP = true;
    sftpServerExecutable = "internal-sftp";

    settings = {
      # keys are the only way in
      AuthenticationMethods = "publickey";
      PasswordAuthentication = false;
      # NixOS's default asks PAM for a password
      KbdInteractiveAuthentication = false;
      HostbasedAuthentication = false;
      PermitEmptyPasswords = false;

      # administrators log in as themselves, so that the log names them
      PermitRootLogin = "no";
      # users.nix makes the members
      AllowGroups = [ "ssh-users" ];

      # recorded traffic stays secret when quantum computers come
      KexAlgorithms = [
        "mlkem768x25519-sha256"
        "sntrup761x25519-sha512"
        "sntrup761x25519-sha512@openssh.com"
      ];
      Ciphers = [
        "chacha20-poly1305@openssh.com"
        "aes256-gcm@openssh.com"
        "aes256-ctr"
        "aes192-ctr"
        "aes128-gcm@openssh.com"
        "aes128-ctr"
      ];
      Macs = [
        "hmac-sha2-512-etm@openssh.com"
        "hmac-sha2-256-etm@openssh.com"
        "umac-128-etm@openssh.com"
      ];
      HostKeyAlgorithms = "ssh-ed25519,ssh-ed25519-cert-v01@openssh.com";
      PubkeyAcceptedAlgorithms = "ssh-ed25519,ssh-ed25519-cert-v01@openssh.com,sk-ssh-ed25519@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com";
      CASignatureAlgorithms = "ssh-ed25519,sk-ssh-ed25519@openssh.com";

      # certificates signed by these log in, besides keys
      TrustedUserCAKeys = "/etc/ssh/trusted-user-cas.pub";
      AuthorizedPrincipalsFile = "/etc/ssh/principals/%u";
      # offered beside the plain key
      HostCertificate = "/keep/etc/ssh/ssh_host_ed25519_key-cert.pub";

      # an agent offers its keys one by one; the seventh key locks out
      MaxAuthTries = 6;
      # a deployment multiplexes several sessions over one login
      MaxSessions = 10;
      # half-open logins hold slots no longer than a person needs
      LoginGraceTime = 30;
      # half-open logins are dropped at random from the tenth on
      MaxStartups = "10:30:60";
      # who fails again and again waits
      PerSourcePenalties = "yes";
      # dead connections are noticed
      ClientAliveInterval = 60;
      # an abandoned session ends soon
      ClientAliveCountMax = 2;

      # a stolen session is no bridge into the network
      AllowTcpForwarding = "no";
      AllowStreamLocalForwarding = false;
      # a taken-over host must not use its visitors' keys
      AllowAgentForwarding = false;
      GatewayPorts = "no";
      PermitTunnel = false;
      X11Forwarding = false;
      PermitUserEnvironment = false;

      StrictModes = true;
      # accounts without a password count as locked otherwise
      UsePAM = true;
      UseDns = false;
      Compression = false;
      # the log names the key that logged in
      LogLevel = "VERBOSE";
    };

    # members transfer files, and nothing else; no line may follow
    extraConfig = ''
      Match Group sealed
        ChrootDirectory /srv/records/%u
        ForceCommand internal-sftp -d /files
        AllowTcpForwarding no
        PermitTTY no
      Match all
    '';
  };

  users.groups = {
    sealed = {
      members = [ "drop" ];
    };
  };

  # sshd shuts nobody into a directory that is not root's
  systemd.tmpfiles.rules = [
    "d /srv/records 0755 root root -"
    "d /srv/records/drop 0755 root root -"
    "d /srv/records/drop/files 0700 drop users -"
  ];

  # whoever holds one of these decides who logs in
  environment.etc."ssh/trusted-user-cas.pub".text = ''
    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM07lYQhvrqOoFYEnXZK3YJ7WRzcPiyJE3uwRMN9Kphe
  '';

  # copies: sshd refuses what lies in a folder that a group may write, as the store is
  environment.etc."ssh/principals/keeper" = {
    text = ''
      keeper
      vault-keepers
    '';
    mode = "0444";
  };
  environment.etc."ssh/principals/deploy" = {
    text = ''
      deploy
    '';
    mode = "0444";
  };
  environment.etc."ssh/principals/drop" = {
    text = ''
      drop
    '';
    mode = "0444";
  };
}
