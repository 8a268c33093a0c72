# A double for Caddy as of 25.05, which takes plugins.
{
  nixpkgs.overlays = [
    (_: prev: { caddy = prev.caddy // { withPlugins = _: prev.caddy; }; })
  ];
}
