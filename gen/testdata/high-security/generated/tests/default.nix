# NixOS tests of a fleet, from what its policy says and not from what its
# modules became. A flake makes checks of them:
#
#   checks.x86_64-linux = import ./generated/tests {
#     inherit pkgs;
#     hosts = import ./generated { inherit agenix; secrets = ./secrets; };
#   };
#
# HOST-network and HOST-ssh, and fleet, are containers from NixOS 26.05 on:
# they need no KVM, but a builder with uid-range. All others are virtual
# machines. pantherctl vmtest runs them.
#
# What they cannot vouch for, because the test framework or this file replaces
# it: file systems, swap, disks and the boot loader, Secure Boot, the wiping of
# btrfs and ZFS (here the root is a tmpfs), journald's settings, logrotate, the
# password of root, names of network cards, default gateways and name servers,
# the kernel parameters console=, panic= and clocksource=, the setting
# kernel.hung_task_timeout_secs, secrets (here each holds its own name),
# tailscaled and 1Password (here off, and tailscale0 is a cable), the guard (off,
# for it would refuse all of these), and whatever the hosts get besides these
# modules, unless given below. A container has the kernel of the builder, no PAM
# in sshd, no setuid programs and nothing that persists: kernel, modules,
# sandboxes and reboots are tested in virtual machines only.
{
  pkgs,
  # { HOST = module; }, as the folder above gives it.
  hosts,
  # Further modules, of every host.
  modules ? [ ],
  containers ? pkgs.lib.versionAtLeast pkgs.lib.trivial.release "26.05",
  # What makes a test of a module.
  run ? pkgs.testers.runNixOSTest,
}:
let
  inherit (pkgs) lib;

  kernels = import ./kernels.nix;

  # Of a host that is not generated there is nothing to say.
  data = lib.mapAttrs (name: _: import (./hosts + "/${name}.nix")) (
    lib.filterAttrs (name: _: builtins.pathExists (./hosts + "/${name}.nix")) hosts
  );

  # A key that secrets are encrypted to, that opens the initrd, and that is the
  # initrd's own. It guards nothing.
  key = pkgs.runCommand "test-key" { nativeBuildInputs = [ pkgs.openssh ]; } ''
    mkdir $out
    ssh-keygen -q -t ed25519 -N "" -C "" -f $out/key
  '';

  encrypted =
    secret:
    pkgs.runCommand "${secret}.age" { nativeBuildInputs = [ pkgs.age ]; } ''
      echo ${secret} | age --encrypt --recipients-file ${key}/key.pub --output $out
    '';

  secretsOf = name: lib.attrNames (data.${name}.secrets or { });

  # A machine that answers on the ports tried and can try those of others.
  traffic =
    addresses: ports:
    { pkgs, ... }:
    {
      environment.systemPackages = [ pkgs.python3 ];
      environment.etc."traffic.py".source = ./traffic.py;
      systemd.services.traffic = {
        description = "Answer on the ports of the test";
        wantedBy = [ "multi-user.target" ];
        before = [ "multi-user.target" ];
        # A daemon of the host has its port first, and answers itself.
        after = [ "network.target" "sshd.service" ];
        script = ''
          exec ${pkgs.python3}/bin/python3 ${./traffic.py} listen ${lib.concatStringsSep "," addresses} ${ports}
        '';
      };
    };

  off.enable = lib.mkForce false;

  # Services that want a network, or a control plane.
  online = [
    "tailscaled"
    "tailscaled-autoconnect"
    "tailscaled-set"
    "opnix-secrets"
  ];

  # The host, with what no test has replaced by the test's own.
  common =
    name:
    { options, ... }:
    {
      imports = [ hosts.${name} ] ++ modules;
      config = lib.mkMerge [
        {
          # The scripts know it by this name.
          system.name = lib.mkForce "host";
          # It would refuse what is replaced here.
          pantherctl.guard.enable = lib.mkForce false;
          systemd.services = lib.genAttrs online (_: off);
        }
        (lib.optionalAttrs (options ? age) {
          age.identityPaths = lib.mkForce [ "${key}/key" ];
          age.secrets = lib.genAttrs (secretsOf name) (secret: {
            file = lib.mkForce (encrypted secret);
          });
        })
        (lib.optionalAttrs (options.programs ? _1password) {
          programs._1password.enable = lib.mkForce false;
          programs._1password-gui.enable = lib.mkForce false;
        })
        (lib.optionalAttrs (options.boot ? lanzaboote) {
          boot.lanzaboote.enable = lib.mkForce false;
        })
      ];
    };

  # Nobody waits in the initrd, and the root is one that a test has.
  noInitrd =
    { options, ... }:
    {
      boot.initrd.network.ssh.enable = lib.mkForce false;
      boot.initrd.luks.devices = lib.mkForce { };
      boot.initrd.supportedFilesystems = lib.mkForce [ "ext4" ];
      boot.initrd.systemd.services = lib.optionalAttrs (options.boot.initrd.systemd ? services) {
        wipe-root.enable = lib.mkForce false;
      };
    };

  container =
    name:
    { options, ... }:
    {
      imports = [
        (common name)
        noInitrd
      ];
      config = lib.mkMerge [
        (lib.optionalAttrs (options.environment ? persistence) {
          environment.persistence = lib.mkForce { };
        })
        (lib.optionalAttrs (options ? preservation) {
          preservation.enable = lib.mkForce false;
        })
      ];
    };

  # A virtual machine keeps what survives on a disk of its own.
  machine =
    name:
    let
      mount = data.${name}.persistence.mount or null;
    in
    {
      imports = [
        (common name)
        noInitrd
      ];
      virtualisation = lib.mkIf (mount != null) {
        diskImage = null; # a tmpfs
        emptyDiskImages = [
          {
            size = 512;
            driveConfig.deviceExtraOpts.serial = "kept";
          }
        ];
        fileSystems.${toString mount} = {
          device = "/dev/disk/by-id/virtio-kept";
          fsType = "ext4";
          autoFormat = true;
          neededForBoot = true;
        };
      };
    };

  # A cable for each side: VLAN 1 is the first, and so on.
  cables = sides: names: {
    virtualisation.vlans = lib.mkForce [ ];
    virtualisation.interfaces = lib.listToAttrs (
      lib.imap1 (vlan: side: {
        name = names vlan side;
        value = {
          inherit vlan;
          assignIP = false;
        };
      }) sides
    );
  };

  nodes = if containers then "containers" else "nodes";

  # The values come first, as JSON; a text of JSON is one of Python, too.
  script =
    file: values:
    "DATA = ${builtins.toJSON (builtins.toJSON values)}\n" + builtins.readFile file;

  tests = {
    network =
      name: values:
      let
        sources = lib.concatMap (side: lib.attrNames side.sources) values.sides;
        own = lib.concatMap (side: side.addresses) values.sides;
      in
      {
        ${nodes} = {
          host.imports = [
            (container name)
            (cables values.sides (_: side: side.interface))
            (traffic own values.ports)
          ];
          peer = {
            imports = [
              (cables values.sides (vlan: _: "eth${toString vlan}"))
              (traffic sources values.ports)
            ];
            networking.firewall.enable = false;
          };
        };
        testScript = script ./network.py values;
      };

    ssh = name: values: {
      ${nodes}.host = container name;
      testScript = script ./ssh.py values;
    };

    boot = name: values: {
      nodes.host = machine name;
      testScript = script ./boot.py (values // { kernel = kernels.${data.${name}.kernel}; });
    };

    persistence = name: values: {
      nodes.host = machine name;
      testScript = script ./persistence.py values;
    };

    secrets = name: values: {
      nodes.host =
        { pkgs, ... }:
        {
          imports = [ (machine name) ];
          environment.systemPackages = [ pkgs.age ];
          environment.etc = lib.listToAttrs (
            map (secret: {
              name = "pantherctl-test/${secret}.age";
              value.source = encrypted secret;
            }) (secretsOf name)
          );
        };
      testScript = script ./secrets.py values;
    };

    unlock = name: values: {
      nodes.host =
        { config, pkgs, ... }:
        let
          ssh = config.boot.initrd.network.ssh;
          # What the host lets its keys do, the test's may do.
          may = lib.head (lib.splitString "ssh-" (lib.head ssh.authorizedKeys));
        in
        {
          imports = [ (common name) ];
          environment.systemPackages = [ pkgs.cryptsetup ];
          virtualisation = {
            emptyDiskImages = [ 512 ];
            useBootLoader = true;
            useEFIBoot = true;
            mountHostNixStore = true;
          };
          boot.loader.systemd-boot.enable = lib.mkForce true;
          boot.initrd.luks.devices = lib.mkForce { };
          boot.initrd.systemd.services.wipe-root.enable = lib.mkForce false;
          # By the host's own name for it: a store path cannot be one.
          boot.initrd.secrets = lib.genAttrs ssh.hostKeys (_: lib.mkForce "${key}/key");
          # authorizedKeyFiles would be read, and so built, by the evaluation.
          boot.initrd.systemd.contents."/etc/ssh/authorized_keys.d/root".source = lib.mkForce (
            pkgs.runCommand "authorized" { inherit may; } ''
              echo "$may$(cat ${key}/key.pub)" >$out
            ''
          );
          boot.initrd.systemd.network.networks."10-unlock" = lib.mkForce {
            matchConfig.Name = "eth1";
            address = [ "192.168.1.1/24" ];
          };
          specialisation.locked.configuration = {
            boot.initrd.luks.devices = lib.mkVMOverride {
              ${values.device}.device = "/dev/vdb";
            };
            virtualisation.rootDevice = "/dev/mapper/${values.device}";
            virtualisation.fileSystems."/".autoFormat = true;
          };
        };
      nodes.peer =
        { pkgs, ... }:
        {
          environment.systemPackages = [ pkgs.netcat ];
          environment.etc."pantherctl-test/key".source = "${key}/key";
        };
      testScript = script ./unlock.py values;
    };
  };

  # A test's attributes beside those of the host hold no test, such as kernel.
  kinds = values: builtins.intersectAttrs tests values;

  ofHosts = lib.concatMapAttrs (
    name: values:
    lib.mapAttrs' (kind: own: {
      name = "${name}-${kind}";
      value = run ({ name = "${name}-${kind}"; } // tests.${kind} name own);
    }) (kinds values)
  ) data;

  networks = lib.mapAttrs (_: values: values.network) (
    lib.filterAttrs (_: values: values ? network) data
  );

  # Sides by their place in this list, so that hosts share their cables.
  allSides = [
    "tailnet"
    "lan"
    "wan"
    "container"
  ];

  fleet = run {
    name = "fleet";
    ${nodes} = lib.mapAttrs (name: values: {
      imports = [
        (container name)
        (traffic (lib.concatMap (side: side.addresses) values.sides) ports)
      ];
      system.name = lib.mkOverride 40 name;
      virtualisation.vlans = lib.mkForce [ ];
      virtualisation.interfaces = lib.listToAttrs (
        map (side: {
          name = side.interface;
          value = {
            vlan = lib.lists.findFirstIndex (s: s == side.side) 0 allSides + 1;
            assignIP = false;
          };
        }) values.sides
      );
    }) networks;
    testScript = script ./fleet.py networks;
  };
  ports = toString (
    lib.unique (lib.concatMap (values: lib.splitString " " values.ports) (lib.attrValues networks))
  );
  together = lib.length (lib.attrNames networks);
in
# More do not fit one machine.
ofHosts // lib.optionalAttrs (together > 1 && together <= 32) { inherit fleet; }
