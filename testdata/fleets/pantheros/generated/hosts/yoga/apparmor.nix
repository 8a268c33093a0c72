# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  # from the next boot on
  security.apparmor.enable = true;

  security.apparmor.policies.zathura.profile = ''
    include <tunables/global>

    profile zathura /nix/store/*-zathura{,-*}/{bin,libexec}/** flags=(complain) {
      /{**,} mrwkl,
      /** ix,
      dbus,
      unix,
      signal receive,
      signal peer=zathura,
      ptrace peer=zathura,

      # keys, agents, and what agenix and opnix decrypt
      deny @{HOME}/.{ssh,gnupg,1password,aws,age}/** mrwkl,
      deny @{HOME}/.config/{op,sops,age}/** mrwkl,
      deny /run/user/*/{ssh-agent,keyring/**,gnupg/**} mrwkl,
      deny /run/{agenix,agenix.d,opnix-secrets}/** mrwkl,
      deny /{etc,*/etc}/ssh/ssh_host_*_key mrwkl,

      # what starts programs that nothing confines
      deny @{HOME}/.{profile,bash*,zsh*} wl,
      deny @{HOME}/.config/{autostart,environment.d,fish,systemd}/** wl,
      deny /run/user/*/systemd/** wl,

      network unix,
      network netlink,
      deny network inet,
      deny network inet6,
    }
  '';

  security.apparmor.policies.mpv.profile = ''
    include <tunables/global>

    profile mpv /nix/store/*-mpv{,-*}/{bin,libexec}/** {
      /{**,} mrwkl,
      /** ix,
      dbus,
      unix,
      signal receive,
      signal peer=mpv,
      ptrace peer=mpv,

      # keys, agents, and what agenix and opnix decrypt
      deny @{HOME}/.{ssh,gnupg,1password,aws,age}/** mrwkl,
      deny @{HOME}/.config/{op,sops,age}/** mrwkl,
      deny /run/user/*/{ssh-agent,keyring/**,gnupg/**} mrwkl,
      deny /run/{agenix,agenix.d,opnix-secrets}/** mrwkl,
      deny /{etc,*/etc}/ssh/ssh_host_*_key mrwkl,

      # what starts programs that nothing confines
      deny @{HOME}/.{profile,bash*,zsh*} wl,
      deny @{HOME}/.config/{autostart,environment.d,fish,systemd}/** wl,
      deny /run/user/*/systemd/** wl,

      network,
    }
  '';

  # whoever is unconfined cannot pick a profile that allows more
  boot.kernel.sysctl."kernel.apparmor_restrict_unprivileged_unconfined" = lib.mkOverride 900 1;
}
