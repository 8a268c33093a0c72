# The policy of a host as assertions: a rebuild refuses a host that other modules
# have made something else of, in words that name the option, the value and the
# file. It judges what `pantherctl check` judges, by the same rules, where that
# needs neither the document nor a program.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (builtins)
    all
    any
    concatMap
    elem
    filter
    head
    isAttrs
    isInt
    isList
    isString
    length
    ;

  cfg = config.pantherctl.guard;

  concern = path: lib.removeSuffix ".nix" (baseNameOf path);

  items = import ./definitions.nix {
    inherit
      config
      lib
      options
      pkgs
      ;
  } (lib.listToAttrs (map (path: lib.nameValuePair (concern path) (import path)) cfg.modules));

  # Paths and patterns

  begins = pattern: path: length path >= length pattern && all (x: x) (lib.zipListsWith (p: n: p == "*" || p == n) pattern path);

  matches = pattern: path: length path == length (lib.splitString "." pattern) && begins (lib.splitString "." pattern) path;

  at = pattern: filter (i: matches pattern i.path) items;

  ownModule = file: lib.hasInfix "/nixos/modules/" "/${file}";

  optionDefault = 1500;

  # Values

  isScalar = value: !isAttrs value && !isList value && value != null;

  equal = a: b: a == b || (isScalar a && isScalar b && toString a == toString b);

  covers =
    want: found:
    if isAttrs want then
      isAttrs found && all (name: covers want.${name} (found.${name} or null)) (builtins.attrNames want)
    else if isList want then
      isList found && all (w: any (covers w) found) want
    else if isString want && isString found then
      let
        lines = text: "\n${lib.removeSuffix "\n" text}\n";
      in
      want == found || (want != "" && lib.hasInfix (lines want) (lines found))
    else if isString want && isAttrs found then
      any (name: equal want (found.${name} or null)) [
        "directory"
        "file"
        "command"
      ]
    else
      equal want found;

  # What a definition has beyond what is asked for, as a list.
  beyond =
    want: value:
    if isList value then
      filter (x: !any (w: covers w x) (if isList want then want else [ ])) value
    else if isString value then
      filter (line: builtins.match "[[:space:]]*" line == null) (
        lib.subtractLists (lib.splitString "\n" (if isString want then want else "")) (lib.splitString "\n" value)
      )
    else
      [ ];

  # What all generated modules ask of an option.
  asked =
    path:
    let
      wants = map (i: i.want) (filter (i: i.concern != null && i.path == path) items);
    in
    if wants == [ ] then
      null
    else if isList (head wants) then
      lib.concatLists wants
    else if isString (head wants) then
      lib.concatStringsSep "\n" wants
    else
      head wants;

  # A definition's value is left out where it is what was found.
  definitionsOf = i: map (d: { value = i.found; } // d) i.definitions;

  others = i: filter (d: !ownModule d.file && d.priority < optionDefault) (definitionsOf i);

  # Words

  how =
    priority:
    {
      "50" = "forces it with mkForce";
      "100" = "sets it";
      "1000" = "sets it with mkDefault";
    }
    .${toString priority} or "sets it with mkOverride ${toString priority}";

  short =
    value:
    let
      text = builtins.toJSON value;
    in
    if builtins.stringLength text > 80 then "${builtins.substring 0 79 text}…" else text;

  name = path: lib.showOption path;

  culprit = d: "${d.file} ${how d.priority}";

  finding = rule: message: { inherit rule message; };

  # Rules

  deviating =
    i:
    let
      by = filter (d: d.priority < optionDefault && !equal d.value i.want) (definitionsOf i);
      rule =
        if
          begins [
            "boot"
            "kernel"
            "sysctl"
          ] i.path
        then
          "K017"
        else if
          begins [
            "networking"
            "firewall"
            "interfaces"
          ] i.path
        then
          "T4"
        else if matches "networking.nftables.enable" i.path then
          "A7"
        else
          "V1";
      unseen = i.want == null && i.found == null;
    in
    if unseen || i.declared && (covers i.want i.found || any (d: equal (d.value or null) i.want) i.definitions) then
      [ ]
    else
      [
        (finding rule "${name i.path} is ${short i.found}, and the policy wants ${short i.want}: ${
          if by == [ ] then "nobody sets it" else culprit (head by)
        }")
      ];

  closed = [
    "boot.initrd.network.ssh.authorizedKeys"
    "networking.firewall.extraForwardRules"
    "networking.firewall.extraInputRules"
    "networking.nat.internalInterfaces"
    "networking.nftables.tables.*.content"
    "nix.settings.allowed-users"
    "nix.settings.trusted-public-keys"
    "nix.settings.trusted-users"
    "security.sudo.extraConfig"
    "security.sudo.extraRules"
    "services.fail2ban.ignoreIP"
    "services.openssh.authorizedKeysFiles"
    "services.openssh.extraConfig"
    "services.openssh.ports"
    "services.openssh.settings.*"
    "services.tailscale.extraDaemonFlags"
    "services.tailscale.extraSetFlags"
    "services.tailscale.extraUpFlags"
    "users.users.*.openssh.authorizedKeys.keys"
  ];

  # Options of a closed kind that no generated module sets, too.
  foreign = [
    "networking.firewall.extraCommands"
    "networking.nftables.ruleset"
  ];

  adding =
    i:
    if !any (pattern: matches pattern i.path) (closed ++ foreign) then
      [ ]
    else
      concatMap (
        d:
        let
          scalar = i.concern == null && isScalar d.value && !isString d.value;
          extra = if scalar then [ d.value ] else beyond (asked i.path) d.value;
        in
        lib.optional (extra != [ ]) (
          finding "V3" "${name i.path} has ${short extra}, which the policy does not ask for: ${culprit d}"
        )
      ) (others i);

  # Ports. tailscaled's own is open everywhere.
  tailscaled = config.services.tailscale;

  openedBy =
    d:
    let
      switches = filter (i: i ? module && i.module == d.file) items;
    in
    if switches == [ ] then d else head ((head switches).definitions ++ [ d ]);

  ports =
    pattern:
    concatMap (
      i:
      concatMap (
        d:
        map
          (
            port:
            finding (if elem "tailscale0" i.path then "T5" else "F3")
              "port ${if isInt port then toString port else "${toString port.from}-${toString port.to}"} is in ${name i.path}, and no access rule opens it there: ${culprit (openedBy d)}"
          )
          (
            filter (port: !(lib.hasInfix "UDP" pattern && tailscaled.openFirewall && port == tailscaled.port)) (
              beyond (asked i.path) d.value
            )
          )
      ) (definitionsOf i)
    ) (at pattern);

  open = concatMap ports (
    concatMap
      (list: [
        "networking.firewall.${list}"
        "networking.firewall.interfaces.*.${list}"
      ])
      [
        "allowedTCPPorts"
        "allowedUDPPorts"
        "allowedTCPPortRanges"
        "allowedUDPPortRanges"
      ]
  );

  trusted = concatMap (
    i:
    concatMap (
      d:
      map (interface: finding "F1" "everything that comes by ${interface} is let in: ${culprit d}") (
        lib.remove "lo" (beyond (asked i.path) d.value)
      )
    ) (definitionsOf i)
  ) (at "networking.firewall.trustedInterfaces");

  # Of two values of a parameter the kernel takes the last.
  params = concatMap (
    i:
    let
      key = p: head (lib.splitString "=" p);
      wanted = lib.listToAttrs (map (p: lib.nameValuePair (key p) p) (if isList i.want then i.want else [ ]));
    in
    concatMap (
      d:
      map
        (p: finding "K016" "the kernel is given ${p} beside ${wanted.${key p}}, and takes the last: ${culprit d}")
        (filter (p: wanted ? ${key p} && wanted.${key p} != p) (if isList d.value then d.value else [ ]))
    ) (definitionsOf i)
  ) (at "boot.kernelParams");

  # Accounts

  powerful = [
    "wheel"
    "docker"
    "disk"
    "incus-admin"
    "kmem"
    "libvirtd"
    "lxd"
    "podman"
    "root"
    "shadow"
  ];

  known = map (i: lib.elemAt i.path 2) (
    filter (i: i.concern != null && matches "users.users.*.isNormalUser" i.path) items
  );

  judgesAccounts = known != [ ];

  strangers = lib.optionals judgesAccounts (
    concatMap (
      i:
      lib.optional (i.found == true && !elem (lib.elemAt i.path 2) known) (
        finding "V4" "${lib.elemAt i.path 2} has an account that the document does not know: ${
          lib.concatMapStringsSep ", " culprit (others i)
        }"
      )
    ) (at "users.users.*.isNormalUser")
  );

  rights = lib.optionals judgesAccounts (
    concatMap (
      i:
      concatMap (
        d:
        map (group: finding "V4" "${lib.elemAt i.path 2} is in ${group}, which the document does not say: ${culprit d}") (
          filter (group: elem group powerful) (beyond (asked i.path) d.value)
        )
      ) (others i)
    ) (at "users.users.*.extraGroups")
  );

  passwords = concatMap (
    i:
    lib.optional (i.concern == null && i.found == true && others i != [ ]) (
      finding "V5" "the password of ${lib.elemAt i.path 2}, or its hash, lies in the store for everybody to read: ${culprit (head (others i))}"
    )
  ) (concatMap (option: at "users.users.*.${option}") [
    "initialHashedPassword"
    "initialPassword"
    "password"
  ]);

  modes = concatMap (
    i:
    lib.optional (isString i.found && !lib.hasSuffix "0" i.found) (
      finding "V5" "everybody on the host can read the secret ${lib.elemAt i.path 2}: its mode is ${i.found}: ${
        lib.concatMapStringsSep ", " culprit i.definitions
      }"
    )
  ) (at "age.secrets.*.mode");

  # State of units that a wiped root forgets. What policy keeps is found by its
  # option.
  stores = lib.attrValues (config.environment.persistence or { });

  kept = concatMap (store: map (d: d.directory or d) store.directories) (filter (s: s.enable) stores);

  forgotten = lib.optionals (kept != [ ]) (
    concatMap (
      i:
      let
        unit = config.systemd.services.${lib.elemAt i.path 2};
        dynamic = elem (unit.serviceConfig.DynamicUser or false) [
          true
          "yes"
          "true"
        ];
        below = if dynamic then "/var/lib/private/" else "/var/lib/";
        words = filter (w: w != "") (lib.splitString " " (toString i.found));
      in
      map
        (dir: finding "P1" "${lib.elemAt i.path 2} keeps its state in ${below}${dir}, which is wiped at every boot: ${
          lib.concatMapStringsSep ", " culprit i.definitions
        }")
        (
          filter (
            dir:
            !any (k: k == below + dir || lib.hasPrefix "${k}/" (below + dir)) (kept ++ cfg.forgotten)
            && others i != [ ]
          ) words
        )
    ) (at "systemd.services.*.serviceConfig.StateDirectory")
  );

  findings =
    concatMap deviating (filter (i: i.concern != null) items)
    ++ concatMap adding items
    ++ open
    ++ trusted
    ++ params
    ++ strangers
    ++ rights
    ++ passwords
    ++ modes
    ++ forgotten;

  counted = filter (f: !elem f.rule cfg.waived) findings;
in
{
  options.pantherctl.guard = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether a host that is not what its policy says is refused.";
    };
    modules = lib.mkOption {
      type = lib.types.listOf lib.types.path;
      default = [ ];
      description = "The generated modules that the host is held to.";
    };
    waived = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "K017" ];
      description = "Rules whose findings the document accepts on this host.";
    };
    forgotten = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "State that may be lost at every boot, as the document says.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = map (f: {
      assertion = false;
      message = "pantherctl: ${f.message} (${f.rule})";
    }) (lib.unique counted);
  };
}
