# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # its name in kernels.nix
  kernel = "laptop";

  network = {
    # all that are tried
    ports = "tcp/22 tcp/8080 tcp/9 udp/9";
    sides = [
      {
        side = "lan";
        interface = "wlan0";
        addresses = [
          "192.168.0.1"
          "fd1a:b000::1"
        ];
        strangers = [
          "192.168.255.254"
          "fd1a:b000::fffe"
        ];
        # and the ports they get to
        sources = {
          "192.168.255.254" = "";
          "fd1a:b000::fffe" = "";
        };
        limits = { };
        ping = true;
        # what the host gets to there, all if empty
        egress = "";
      }
    ];
  };

  boot = {
    sandboxed = [ ];
    audit = false;
  };
}
