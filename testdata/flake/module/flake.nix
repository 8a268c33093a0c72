# A double for the flake of a third-party module.
{
  outputs = _: {
    nixosModules.default = { };
  };
}
