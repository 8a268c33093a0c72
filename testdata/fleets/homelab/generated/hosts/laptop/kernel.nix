# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  imports = [ ../../modules/kernel-gates.nix ];

  boot.kernelParams = [
    # memory is zeroed when allocated; already the default, kept as a guard
    "init_on_alloc=1"
    # the page allocator hands out pages in random order
    "page_alloc.shuffle=1"
    # the kernel stack starts at a random offset on each system call
    "randomize_kstack_offset=on"
    # copies between kernel and user space are checked against the object's bounds
    "hardened_usercopy=1"
  ];

  # kernels before 6.17 do not know these
  pantherctl.kernelParamsSince."6.17" = [
    # kernel pointers in messages are always hashed, whatever debugging is on
    "hash_pointers=always"
  ];

  boot.kernel.sysctl = {
    # users cannot hard-link files they do not own
    "fs.protected_hardlinks" = lib.mkOverride 900 1;
    # symlinks in shared directories are followed only for their owner
    "fs.protected_symlinks" = lib.mkOverride 900 1;
    # only root reads the kernel log
    "kernel.dmesg_restrict" = lib.mkOverride 900 1;
    # kernel addresses are hidden in /proc
    "kernel.kptr_restrict" = lib.mkOverride 900 1;
    # processes are laid out at random, the heap included
    "kernel.randomize_va_space" = lib.mkOverride 900 2;
    # routes are not changed by ICMP redirects
    "net.ipv4.conf.all.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv4.conf.all.accept_source_route" = lib.mkOverride 900 0;
    # routes are not changed by a gateway's ICMP redirects either
    "net.ipv4.conf.all.secure_redirects" = lib.mkOverride 900 0;
    # routes are not changed by ICMP redirects
    "net.ipv4.conf.default.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv4.conf.default.accept_source_route" = lib.mkOverride 900 0;
    # routes are not changed by a gateway's ICMP redirects either
    "net.ipv4.conf.default.secure_redirects" = lib.mkOverride 900 0;
    # pings to a broadcast address get no answer
    "net.ipv4.icmp_echo_ignore_broadcasts" = lib.mkOverride 900 1;
    # malformed ICMP errors do not fill the log
    "net.ipv4.icmp_ignore_bogus_error_responses" = lib.mkOverride 900 1;
    # a stray reset does not end a connection in TIME-WAIT
    "net.ipv4.tcp_rfc1337" = lib.mkOverride 900 1;
    # a SYN flood does not exhaust the backlog
    "net.ipv4.tcp_syncookies" = lib.mkOverride 900 1;
    # IPv6 interfaces that already exist ignore "all" and "default"
    "net.ipv6.conf.*.accept_redirects" = lib.mkOverride 900 0;
    # IPv6 interfaces that already exist ignore "all" and "default"
    "net.ipv6.conf.*.accept_source_route" = lib.mkOverride 900 0;
    # routes are not changed by ICMPv6 redirects
    "net.ipv6.conf.all.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv6.conf.all.accept_source_route" = lib.mkOverride 900 0;
    # routes are not changed by ICMPv6 redirects
    "net.ipv6.conf.default.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv6.conf.default.accept_source_route" = lib.mkOverride 900 0;
    # the lowest pages cannot be mapped, so null pointers stay harmless
    "vm.mmap_min_addr" = lib.mkOverride 900 65536;
    # only root delays page faults of the kernel, a common help for exploits
    "vm.unprivileged_userfaultfd" = lib.mkOverride 900 0;
  };

  # the Nix sandbox, browsers and many services need user namespaces
  security.allowUserNamespaces = true;
  # modules load on demand: hot-plugged hardware and new firewall rules need them
  security.lockKernelModules = false;
  # kexec and hibernation stay possible
  security.protectKernelImage = false;
}
