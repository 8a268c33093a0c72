# Cuts the host off from everybody but its operators when pantherctl-lockdown.service is
# started, and lets it back when pantherctl-lockdown-release.service is. The script beside this
# file does it; here is who still comes in.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.pantherctl.lockdown;
  set = list: "{ ${lib.concatMapStringsSep ", " toString list} }";
  lines = lib.concatMapStrings (line: "    ${line}\n");

  by = "{ ${lib.concatMapStringsSep ", " (name: ''"${name}"'') cfg.interfaces} }";
  families = lib.filter (family: family.addresses != [ ]) [
    {
      name = "ip";
      addresses = lib.filter (address: !lib.hasInfix ":" address) cfg.operators;
    }
    {
      name = "ip6";
      addresses = lib.filter (lib.hasInfix ":") (lib.optionals cfg.ipv6 cfg.operators);
    }
  ];
  tailnet = cfg.tailscale != null;

  # No rule accepts what conntrack calls established: that would keep an intruder's session.
  # Operators' packets are known by address and port in both directions, and what comes back
  # to tailscaled by the flows that it began itself.
  input = [
    "type filter hook input priority raw; policy drop;"
    ''iifname "lo" accept''
  ]
  ++ map (
    family:
    "iifname ${by} ${family.name} saddr ${set family.addresses} tcp dport ${set cfg.ports} accept"
  ) families
  ++ [ "udp sport 67 udp dport 68 accept" ]
  ++ lib.optionals cfg.ipv6 [
    "udp sport 547 udp dport 546 accept"
    "ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept"
  ]
  ++ lib.optionals tailnet [
    "iifname != ${by} udp dport ${toString cfg.tailscale} accept"
    "ip saddr . meta l4proto . th sport . th dport @flows4 accept"
    "ip6 saddr . meta l4proto . th sport . th dport @flows6 accept"
  ]
  ++ [ "counter" ];

  # An operator's connection is never begun here, so no packet with SYN alone leaves.
  output = [
    "type filter hook output priority raw; policy drop;"
    ''oifname "lo" accept''
  ]
  ++ map (
    family:
    "oifname ${by} ${family.name} daddr ${set family.addresses} tcp sport ${set cfg.ports} tcp flags & (syn | ack) != syn accept"
  ) families
  ++ [ "udp sport 68 udp dport 67 accept" ]
  ++ lib.optionals cfg.ipv6 [
    "udp sport 546 udp dport 547 accept"
    "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld2-listener-report } accept"
  ]
  ++ lib.optionals tailnet [
    # Tailscaled marks its own packets, but not its questions for names.
    "oifname != ${by} meta mark & 0x00ff0000 == 0x00080000 jump own"
    "oifname != ${by} meta skuid 0 meta l4proto { tcp, udp } th dport 53 jump own"
  ]
  ++ [ "counter" ];

  flows = version: ''
    set flows${version} {
      type ipv${version}_addr . inet_proto . inet_service . inet_service;
      flags dynamic,timeout;
      timeout 5m;
      size 65535;
    }
  '';

  ruleset = ''
    table inet pantherctl-lockdown
    delete table inet pantherctl-lockdown
    table inet pantherctl-lockdown {
  ''
  + lib.optionalString tailnet (
    flows "4"
    + flows "6"
    + ''
      chain own {
        update @flows4 { ip daddr . meta l4proto . th dport . th sport } accept
        update @flows6 { ip6 daddr . meta l4proto . th dport . th sport } accept
      }
    ''
  )
  + ''
      chain input {
    ${lines input}  }
      chain forward {
        type filter hook forward priority raw; policy drop;
      }
      chain output {
    ${lines output}  }
    }
  '';

  service = command: {
    path = [
      pkgs.conntrack-tools
      pkgs.iproute2
      pkgs.kmod
      pkgs.nftables
      pkgs.procps
      pkgs.util-linux
    ];
    environment = {
      RULESET = "${pkgs.writeText "lockdown.nft" ruleset}";
      OPERATORS = lib.concatStringsSep "\n" cfg.operators;
      PORTS = lib.concatMapStringsSep "\n" toString cfg.ports;
      ROTATE = lib.concatStringsSep "\n" cfg.rotate;
      QUEUE = lib.optionalString cfg.notify "/var/lib/pantherctl-notify";
      RELEASE_AFTER = toString cfg.releaseAfter;
    };
    script = builtins.readFile ./lockdown.sh;
    scriptArgs = command;
    # A switch meanwhile neither isolates again nor releases.
    restartIfChanged = false;
    serviceConfig = {
      Type = "oneshot";
      StateDirectory = "pantherctl";
      StateDirectoryMode = "0700";
      ReadWritePaths = lib.optional cfg.notify "-/var/lib/pantherctl-notify";
      UMask = "0077";
      LockPersonality = true;
      NoNewPrivileges = true;
      PrivateTmp = true;
      ProtectClock = true;
      ProtectControlGroups = true;
      ProtectHome = true;
      ProtectHostname = true;
      ProtectKernelTunables = true;
      ProtectSystem = "strict";
      RestrictRealtime = true;
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
    };
  };
in
{
  options.pantherctl.lockdown = {
    interfaces = lib.mkOption {
      type = lib.types.nonEmptyListOf lib.types.str;
      description = "Interfaces by which operators come.";
    };
    operators = lib.mkOption {
      type = lib.types.nonEmptyListOf lib.types.str;
      description = "Addresses of the operators.";
    };
    ports = lib.mkOption {
      type = lib.types.nonEmptyListOf lib.types.port;
      description = "Ports of sshd.";
    };
    ipv6 = lib.mkOption {
      type = lib.types.bool;
      description = "Whether the host has IPv6.";
    };
    tailscale = lib.mkOption {
      type = lib.types.nullOr lib.types.port;
      default = null;
      description = "Tailscaled's UDP port where operators come by the tailnet.";
    };
    releaseAfter = lib.mkOption {
      type = lib.types.nullOr lib.types.ints.positive;
      default = null;
      description = "Seconds after which the isolation ends by itself.";
    };
    notify = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether pantherctl-notify.service tells people.";
    };
    rotate = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "What must be made anew after an intrusion; names, never values.";
    };
    ruleset = lib.mkOption {
      type = lib.types.str;
      readOnly = true;
      description = "What nft loads.";
    };
  };

  config = {
    pantherctl.lockdown.ruleset = ruleset;

    assertions = [
      {
        assertion = !config.networking.nftables.flushRuleset;
        message = "networking.nftables.flushRuleset: a reload of the firewall would end the isolation of pantherctl.lockdown";
      }
    ];

    # They are there when modules are locked, and when nobody should be loading any.
    boot.kernelModules = [
      "inet_diag"
      "nf_conntrack_netlink"
      "tcp_diag"
    ];

    systemd.services = {
      pantherctl-lockdown = service "isolate" // {
        description = "Cut the host off from everybody but its operators";
      };
      pantherctl-lockdown-release = service "release" // {
        description = "End the isolation of the host";
      };

      # Before the first packet, as the firewall itself.
      pantherctl-lockdown-boot = lib.recursiveUpdate (service "resume") {
        description = "Keep the host isolated over a reboot";
        wantedBy = [ "sysinit.target" ];
        wants = [ "network-pre.target" ];
        before = [
          "network-pre.target"
          "shutdown.target"
        ];
        conflicts = [ "shutdown.target" ];
        after = [ "local-fs.target" ];
        unitConfig = {
          ConditionPathExists = "/var/lib/pantherctl/isolated";
          DefaultDependencies = false;
        };
      };
    }
    // lib.optionalAttrs (cfg.releaseAfter != null) {
      pantherctl-lockdown-expire = lib.recursiveUpdate (service "expire") {
        description = "End the isolation of the host when its time is over";
        unitConfig.ConditionPathExists = "/var/lib/pantherctl/isolated";
      };
    };

    systemd.timers = lib.optionalAttrs (cfg.releaseAfter != null) {
      pantherctl-lockdown-expire = {
        description = "End the isolation of the host when its time is over";
        wantedBy = [ "timers.target" ];
        timerConfig = {
          OnBootSec = "1min";
          OnUnitInactiveSec = "1min";
        };
      };
    };
  };
}
