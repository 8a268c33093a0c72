# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, options, ... }:
{
  config = lib.mkMerge [
    {
      security.audit = {
        # the kernel makes the events
        enable = true;
        # a burst does not overrun the kernel's 64
        backlogLimit = 8192;
        # a flood is cut, and the kernel log says so
        rateLimit = 1000;
        # lost events are told in the kernel log; a panic would serve an attacker
        failureMode = "printk";

        rules = [
          # a file that is not there must not keep the rules below from loading
          "-i"
          "-w /etc/passwd -p wa -k passwd_changes"
          "-w /etc/shadow -p wa -k shadow_changes"
          "-w /etc/sudoers -p wa -k sudoers_changes"
          "-w /var/log -p wa -k log_integrity"
          "-w /nix/var/nix/profiles -p wa -k system_changes"
          "-a always,exit -F arch=b64 -S execve -F euid=0 -F auid>=1000 -F auid!=4294967295 -k execve"
        ];
      };

      # the daemon keeps them; without it they flood the kernel log
      security.auditd.enable = true;
    }
    (lib.optionalAttrs (options.security.auditd ? settings) {
      security.auditd.settings = {
        # megabytes
        max_log_file = 64;
        # the trail takes 640 MB, never the disk
        num_logs = 10;
        max_log_file_action = "rotate";
        # a disk that fills up is told, and never stops the host
        space_left = "10%";
        space_left_action = "syslog";
        admin_space_left = "5%";
        admin_space_left_action = "syslog";
        disk_full_action = "syslog";
        disk_error_action = "syslog";
      };
    })
    (lib.optionalAttrs (!options.security.auditd ? settings) {
      environment.etc."audit/auditd.conf".text = ''
        max_log_file = 64
        num_logs = 10
        max_log_file_action = rotate
        space_left = 10%
        space_left_action = syslog
        admin_space_left = 5%
        admin_space_left_action = syslog
        disk_full_action = syslog
        disk_error_action = syslog
      '';
    })
  ];
}
