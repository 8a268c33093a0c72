# As much of nixpkgs' lib and of its module system as reading facts asks for.
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    elemAt
    filter
    foldl'
    isAttrs
    isFunction
    isList
    isPath
    isString
    length
    listToAttrs
    map
    mapAttrs
    stringLength
    substring
    ;

  lib = {
    inherit (builtins) concatStringsSep filter mapAttrs isBool isList;
    mapAttrsToList = f: set: attrValues (mapAttrs f set);
    filterAttrs =
      f: set:
      listToAttrs (
        map (name: {
          inherit name;
          value = set.${name};
        }) (filter (name: f name set.${name}) (attrNames set))
      );
    optionalAttrs = test: set: if test then set else { };
    optionalString = test: text: if test then text else "";
    optional = test: item: if test then [ item ] else [ ];
    toList = value: if isList value then value else [ value ];
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    splitString = at: text: filter isString (builtins.split (if at == "." then "\\." else at) text);
    last = list: elemAt list (length list - 1);
    isDerivation = value: value.type or null == "derivation";
    isOption = value: value._type or null == "option";
    generators = {
      mkKeyValueDefault = _: _: _: _: "";
      toINI = _: _: "";
    };

    mkOverride = priority: content: {
      _type = "override";
      inherit content priority;
    };
    mkForce = lib.mkOverride 50;
    mkDefault = lib.mkOverride 1000;
    mkOrder = priority: content: {
      _type = "order";
      inherit content priority;
    };
    mkAfter = lib.mkOrder 1500;
    mkBefore = lib.mkOrder 500;
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    nixosSystem = system;
  };

  discharge =
    d:
    let
      of = value: discharge (d // { inherit value; });
      kind = d.value._type or "";
    in
    if kind == "merge" then
      concatMap of d.value.contents
    else if kind == "if" then
      (if d.value.condition then of d.value.content else [ ])
    else if kind == "order" then
      of d.value.content
    else if kind == "override" then
      discharge (
        d
        // {
          inherit (d.value) priority;
          value = d.value.content;
        }
      )
    else
      [ d ];

  # The definitions of a name, inside wrappers that may depend on options.
  part =
    name:
    concatMap (
      d:
      let
        inherit (d) value;
        below = content: part name [ (d // { value = content; }) ];
        wrapped = map (x: x // { value = value // { content = x.value; }; }) (below value.content);
        kind = value._type or "";
      in
      if kind == "merge" then
        concatMap below value.contents
      else if kind != "" then
        wrapped
      else if isAttrs value && value ? ${name} then
        [ (d // { value = value.${name}; }) ]
      else
        [ ]
    );

  winners =
    ds:
    let
      least = foldl' (p: d: if d.priority < p then d.priority else p) 9999 ds;
    in
    filter (d: d.priority == least) ds;

  # Sets are merged, lists and texts joined, all else is of one definition.
  merge =
    ds:
    let
      first = (elemAt ds 0).value;
    in
    if isList first then
      concatLists (map (d: d.value) ds)
    else if isAttrs first && !lib.isDerivation first then
      mapAttrs (name: _: merge (winners (concatMap discharge (part name (map (d: d // { priority = 100; }) ds))))) (
        foldl' (all: d: all // d.value) { } ds
      )
    else if isString first && length ds > 1 then
      builtins.concatStringsSep "\n" (map (d: d.value) ds)
    else
      first;

  # The options of a tree of declarations, whose leaves are defaults.
  evaluate =
    declared: ds:
    if lib.isOption declared then
      let
        own = {
          file = "nixpkgs/nixos/modules/double.nix";
          priority = 1500;
          value = declared.default;
        };
        found = winners (concatMap discharge ds ++ [ own ]);
      in
      declared
      // {
        value = (declared.apply or (value: value)) (merge found);
        highestPrio = (elemAt found 0).priority;
        definitionsWithLocations = map (d: { inherit (d) file value; }) found;
        declarations = [ own.file ];
      }
    else
      mapAttrs (name: set: evaluate set (part name ds)) declared;

  values = tree: if lib.isOption tree then tree.value else mapAttrs (_: values) tree;

  # The definitions of a module and of all that it imports.
  collect =
    arguments: file: module:
    if isPath module || isString module then
      collect arguments (toString module) (import (if builtins.readFileType module == "directory" then module + "/default.nix" else module))
    else if isFunction module then
      collect arguments file (module arguments)
    else
      concatMap (collect arguments file) (module.imports or [ ])
      ++ [
        {
          inherit file;
          priority = 100;
          value = module.config or (removeAttrs module [ "imports" ]);
        }
      ];

  system =
    { modules }:
    let
      options = evaluate (import ./options.nix) (concatMap (collect arguments "flake.nix") modules);
      config = values options;
      pkgs = { };
      arguments = {
        inherit
          config
          lib
          options
          pkgs
          ;
      };
    in
    arguments;
in
lib
