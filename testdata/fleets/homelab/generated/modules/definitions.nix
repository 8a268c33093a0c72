# Who set what on an evaluated host: for every value that the generated modules
# set, and for some that other modules must not set behind their back, the value
# NixOS arrived at and the definitions it is made of, with file and priority.
#
#   import ./definitions.nix nixosConfigurations.HOST { ssh = MODULE; … }
#
# takes the host's generated modules by concern, as functions or sets, and gives
# a list of
#
#   { concern, path, want, priority, declared, found, definitions }
#
# where concern, want and priority are null for what no module asked about. The
# modules are not evaluated as modules, only read: the host need not import them.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
modules:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    isAttrs
    isFunction
    isList
    isPath
    mapAttrs
    ;
  inherit (lib) isDerivation isOption mapAttrsToList;

  # The priority of a definition that names none: lib.modules.defaultOverridePriority.
  plainPriority = 100;

  # The priority of an option's own default: lib.mkOptionDefault.
  optionDefault = 1500;

  # What a definition says once its wrappers are off: none, one or several
  # definitions, each with the priority it was given.
  discharge =
    definition:
    let
      inherit (definition) value;
      of = content: discharge (definition // { value = content; });
      kind = value._type or "";
    in
    if kind == "merge" then
      concatMap of value.contents
    else if kind == "if" then
      (if value.condition then of value.content else [ ])
    else if kind == "override" then
      discharge (
        definition
        // {
          inherit (value) priority;
          value = value.content;
        }
      )
    else if kind == "order" then
      of value.content
    else
      [ definition ];

  winners =
    definitions:
    let
      highest = foldl' (least: d: if d.priority < least then d.priority else least) 9999 definitions;
    in
    filter (d: d.priority == highest) definitions;

  isSet = value: isAttrs value && !isDerivation value && !(value ? __toString);

  # The definitions of one name in values that are sets. Inside them priorities
  # count anew; a part that names none has that of the whole.
  part =
    name: definitions:
    winners (
      concatMap (
        d:
        discharge {
          inherit (d) file;
          outer = d.effective;
          priority = plainPriority;
          value = d.value.${name};
        }
      ) (filter (d: isSet d.value && d.value ? ${name}) definitions)
    );

  effective =
    d: d // { effective = if d.priority == plainPriority then d.outer else d.priority; };

  # A value as JSON has it. Packages are named and not built, and functions have
  # no value to show.
  plain =
    value:
    if isFunction value then
      "function"
    else if isDerivation value then
      "package ${value.name or "without a name"}"
    else if isPath value then
      toString value
    else if isList value then
      map plain value
    else if isAttrs value then
      (if value ? __toString || value ? outPath then toString value else mapAttrs (_: plainPart) value)
    else
      value;

  # Submodules hold options that throw when they are read, such as removed ones.
  plainPart =
    value:
    let
      read = builtins.tryEval value;
    in
    if read.success then plain read.value else null;

  # What an item says of its place: found is what is there, if anything is. Of a
  # definition the value is told where it does not follow from what is found.
  item =
    told: place:
    let
      found = if place.found.there then plain place.found.value else null;
      definitions = if place.definitions == null then [ ] else place.definitions;
      values = builtins.length definitions > 1 || told found;
    in
    {
      inherit (place) path;
      inherit found;
      declared = place.found.there;
      definitions = map (
        d:
        {
          file = toString d.file;
          priority = d.effective;
        }
        // lib.optionalAttrs values { value = plain d.value; }
      ) definitions;
    };

  nowhere = {
    there = false;
    value = null;
  };

  # One step into the value of an option.
  step =
    name: place:
    let
      inherit (place.found) value;
    in
    {
      path = place.path ++ [ name ];
      found =
        if place.found.there && isSet value && value ? ${name} then
          {
            there = true;
            value = value.${name};
          }
        else
          nowhere;
      definitions = map effective (part name place.definitions);
    };

  # The place of an option.
  optionAt = path: option: {
    inherit path;
    found = {
      there = true;
      inherit (option) value;
    };
    definitions = map (d: {
      inherit (d) file value;
      effective = option.highestPrio;
    }) option.definitionsWithLocations;
  };

  # What generated modules ask for

  wanted =
    concern: walk: place: value:
    concatMap
      (
        d:
        if isSet d.value && d.value != { } then
          concatLists (mapAttrsToList (name: walk concern d.priority name place) d.value)
        else
          [ (finish concern d place) ]
      )
      (discharge {
        inherit value;
        priority = plainPriority;
      });

  # Lists of packages are not looked into: the packages of a whole system cost
  # more than all else here.
  arePackages = value: isList value && builtins.any isDerivation value;

  opaque =
    place:
    place
    // {
      found = nowhere;
      definitions = map (d: d // { value = null; }) place.definitions;
    };

  finish =
    concern: d: place:
    let
      want = if arePackages d.value then null else plain d.value;
    in
    item (found: found != want) (if arePackages d.value then opaque place else place)
    // {
      inherit concern want;
      inherit (d) priority;
      declared = place.found.there || place.definitions != null;
    };

  # Values below an option.
  inside =
    concern: outer: name: place: value:
    map (i: i // { priority = if i.priority == plainPriority then outer else i.priority; }) (
      wanted concern inside (step name place) value
    );

  # Options, and sets of options.
  outside =
    concern: outer: path: set: value:
    if isOption set then
      map (i: i // { priority = if i.priority == plainPriority then outer else i.priority; }) (
        wanted concern inside (optionAt path set) value
      )
    else
      concatMap
        (
          d:
          if isSet d.value && d.value != { } && isAttrs set then
            concatLists (
              mapAttrsToList (name: outside concern d.priority (path ++ [ name ]) (set.${name} or null)) d.value
            )
          else if isSet d.value && isAttrs set then
            [ ] # a condition that does not hold here
          else
            [
              (finish concern d {
                inherit path;
                found = nowhere;
                definitions = null; # there is no such option
              })
            ]
        )
        (discharge {
          inherit value;
          priority = outer;
        });

  arguments = {
    inherit
      config
      lib
      options
      pkgs
      ;
  };

  settings =
    module:
    let
      set = if isFunction module then module arguments else module;
    in
    set.config or (removeAttrs set [ "imports" ]);

  asked = concatLists (
    mapAttrsToList (
      concern: module: outside concern plainPriority [ ] options (settings module)
    ) modules
  );

  # What others might set

  # Places where another module can widen what the generated ones allow; * stands
  # for every name.
  watched = [
    "age.secrets.*.mode"
    "boot.kernel.sysctl.*"
    "boot.kernelParams"
    "environment.persistence.*.directories"
    "environment.persistence.*.files"
    "networking.firewall.allowedTCPPortRanges"
    "networking.firewall.allowedTCPPorts"
    "networking.firewall.allowedUDPPortRanges"
    "networking.firewall.allowedUDPPorts"
    "networking.firewall.enable"
    "networking.firewall.extraCommands"
    "networking.firewall.extraForwardRules"
    "networking.firewall.extraInputRules"
    "networking.firewall.interfaces.*.allowedTCPPortRanges"
    "networking.firewall.interfaces.*.allowedTCPPorts"
    "networking.firewall.interfaces.*.allowedUDPPortRanges"
    "networking.firewall.interfaces.*.allowedUDPPorts"
    "networking.firewall.trustedInterfaces"
    "networking.nftables.enable"
    "networking.nftables.ruleset"
    "networking.nftables.tables.*.content"
    "nix.settings.trusted-users"
    "pantherctl.guard.enable"
    "security.sudo.extraConfig"
    "security.sudo.extraRules"
    "services.openssh.enable"
    "services.openssh.extraConfig"
    "services.openssh.openFirewall"
    "services.openssh.ports"
    "services.openssh.settings.*"
    "systemd.services.*.serviceConfig.StateDirectory"
    "systemd.sockets.*.listenDatagrams"
    "systemd.sockets.*.listenStreams"
    "systemd.sockets.*.socketConfig.ListenDatagram"
    "systemd.sockets.*.socketConfig.ListenStream"
    "users.groups.wheel.members"
    "users.mutableUsers"
    "users.users.*.extraGroups"
    "users.users.*.hashedPassword"
    "users.users.*.hashedPasswordFile"
    "users.users.*.initialHashedPassword"
    "users.users.*.isNormalUser"
    "users.users.*.initialPassword"
    "users.users.*.openssh.authorizedKeys.keys"
    "users.users.*.password"
  ];

  # Passwords are not told, not even their hashes.
  isPassword = path: builtins.match "(initialP|p|initialHashedP|hashedP)assword" (lib.last path) != null;

  look =
    place: names:
    if names == [ ] then
      [ place ]
    else if builtins.head names == "*" then
      concatMap (name: look (step name place) (builtins.tail names)) (
        if place.found.there && isSet place.found.value then attrNames place.found.value else [ ]
      )
    else
      look (step (builtins.head names) place) (builtins.tail names);

  find =
    path: set: names:
    if isOption set then
      look (optionAt path set) names
    else if names == [ ] || !isAttrs set || !(set ? ${builtins.head names}) then
      [ ]
    else
      find (path ++ [ (builtins.head names) ]) set.${builtins.head names} (builtins.tail names);

  seen =
    let
      known = builtins.listToAttrs (
        map (i: {
          name = builtins.toJSON i.path;
          value = null;
        }) asked
      );
      isSetBySomebody = place: builtins.any (d: d.effective < optionDefault) place.definitions;
      others = filter (place: isSetBySomebody place && !(known ? ${builtins.toJSON place.path})) (
        concatMap (path: find [ ] options (lib.splitString "." path)) watched
      );
    in
    map (
      place:
      let
        i = item (_: false) place;
      in
      (
        if isPassword place.path then
          i
          // {
            found = i.found != null;
            definitions = map (d: removeAttrs d [ "value" ]) i.definitions;
          }
        else
          i
      )
      // {
        concern = null;
        priority = null;
        want = null;
      }
    ) others;

  # Services that open ports by themselves, up to two sets deep, by the module
  # that does it.
  opening =
    let
      switches =
        depth: path: set:
        concatLists (
          mapAttrsToList (
            name: option:
            if !isAttrs option || option ? _type && !isOption option then
              [ ]
            else if !isOption option then
              (if depth > 0 then switches (depth - 1) (path ++ [ name ]) option else [ ])
            else if name == "openFirewall" && option.highestPrio < optionDefault && option.value == true then
              [ ((optionAt (path ++ [ name ]) option) // { module = toString (builtins.head option.declarations); }) ]
            else
              [ ]
          ) set
        );
    in
    map (
      place:
      item (_: false) place
      // {
        inherit (place) module;
        concern = null;
        priority = null;
        want = null;
      }
    ) (switches 2 [ "services" ] options.services);

  all = asked ++ seen ++ opening;
in
builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.toJSON all))
