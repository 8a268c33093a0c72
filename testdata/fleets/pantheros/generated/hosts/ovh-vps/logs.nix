# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  services.rsyslogd = {
    enable = true;
    # NixOS's own would write every message a second time
    defaultConfig = "";
    extraConfig = ''
      module(load="imklog")

      auth,authpriv.* action(type="omfile" file="/var/log/auth.log" fileCreateMode="0640" fileOwner="root" fileGroup="root")
      :programname, startswith, "sshd" action(type="omfile" file="/var/log/sshd.log" fileCreateMode="0640" fileOwner="root" fileGroup="root")
      kern.info action(type="omfile" file="/var/log/kern.log" fileCreateMode="0640" fileOwner="root" fileGroup="root")
    '';
  };

  services.logrotate.enable = true;

  # kept where the files are kept; without it nothing is ever old enough
  services.logrotate.extraArgs = [
    "--state"
    "/var/log/logrotate.status"
  ];

  services.logrotate.settings.pantherctl = {
    files = [
      "/var/log/auth.log"
      "/var/log/sshd.log"
      "/var/log/kern.log"
    ];
    # a file is small enough to read
    frequency = "weekly";
    # a month, as long as the journal
    rotate = 4;
    compress = true;
    # rsyslog may still write to the newest
    delaycompress = true;
    missingok = true;
    notifempty = true;
    sharedscripts = true;
    # rsyslog goes on in the new file
    postrotate = "systemctl kill --kill-whom=main --signal=HUP syslog.service";
  };
}
