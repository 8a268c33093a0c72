# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  services.fail2ban = {
    # not only the tailnet reaches sshd
    enable = true;
    # a person mistypes less often
    maxretry = 5;
    # slower guessing finds no key in a lifetime
    jails.DEFAULT.settings.findtime = "10m";
    # a shared address is not punished for long
    bantime = "1h";

    # each ban of an address is twice as long as the last
    bantime-increment = {
      enable = true;
      # addresses change hands
      maxtime = "7d";
    };

    # whoever mistypes here is no stranger
    ignoreIP = [
      "100.64.0.0/10"
      "fd7a:115c:a1e0::/48"
    ];
  };
}
