# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, pkgs, ... }:
{
  imports = [ ../../modules/kernel-gates.nix ];

  boot.kernelParams = [
    # slab caches are not merged, so an overflow stays among objects of one kind
    "slab_nomerge"
    # memory is zeroed when allocated; already the default, kept as a guard
    "init_on_alloc=1"
    # memory is zeroed when freed, so old contents cannot leak
    "init_on_free=1"
    # the page allocator hands out pages in random order
    "page_alloc.shuffle=1"
    # the kernel stack starts at a random offset on each system call
    "randomize_kstack_offset=on"
    # copies between kernel and user space are checked against the object's bounds
    "hardened_usercopy=1"
    # no code at a fixed address in every process
    "vsyscall=none"
    # debugfs exposes kernel internals; tracefs stays usable without it
    "debugfs=off"
    # CPU bugs are mitigated, giving up hyper-threading only where a bug needs it
    "mitigations=auto,nosmt"
    # Intel's transactional memory is a source of side channels
    "tsx=off"
    # the IOMMU is used even where the kernel would do without it
    "iommu=force"
    # a device loses access to memory the moment it is unmapped
    "iommu.strict=1"
    # devices reach memory through the IOMMU, never directly
    "iommu.passthrough=0"
    # devices on Intel machines are confined by the IOMMU
    "intel_iommu=on"
  ];

  # kernels before 6.7 do not know these
  pantherctl.kernelParamsSince."6.7" = [
    # the 32-bit system call interface is off
    "ia32_emulation=0"
  ];

  # kernels before 6.8 do not know these
  pantherctl.kernelParamsSince."6.8" = [
    # a mounted partition cannot be overwritten behind its file system
    "bdev_allow_write_mounted=0"
  ];

  # kernels before 6.12 do not know these
  pantherctl.kernelParamsSince."6.12" = [
    # writing through /proc/PID/mem does not override page permissions
    "proc_mem.force_override=never"
  ];

  # kernels before 6.17 do not know these
  pantherctl.kernelParamsSince."6.17" = [
    # kernel pointers in messages are always hashed, whatever debugging is on
    "hash_pointers=always"
  ];

  boot.kernel.sysctl = {
    # users cannot load line disciplines, old code with many bugs
    "dev.tty.ldisc_autoload" = lib.mkOverride 900 0;
    # a program cannot type into its terminal on the user's behalf
    "dev.tty.legacy_tiocsti" = lib.mkOverride 900 0;
    # FIFOs of others in shared directories are not opened by accident
    "fs.protected_fifos" = lib.mkOverride 900 2;
    # users cannot hard-link files they do not own
    "fs.protected_hardlinks" = lib.mkOverride 900 1;
    # files of others in shared directories are not opened by accident
    "fs.protected_regular" = lib.mkOverride 900 2;
    # symlinks in shared directories are followed only for their owner
    "fs.protected_symlinks" = lib.mkOverride 900 1;
    # setuid programs leave no core dumps
    "fs.suid_dumpable" = lib.mkOverride 900 0;
    # only root reads the kernel log
    "kernel.dmesg_restrict" = lib.mkOverride 900 1;
    # io_uring is off: a large interface with a record of holes
    "kernel.io_uring_disabled" = lib.mkOverride 900 2;
    # no other kernel can be started from this one; until reboot
    "kernel.kexec_load_disabled" = lib.mkOverride 900 1;
    # kernel addresses are hidden in /proc
    "kernel.kptr_restrict" = lib.mkOverride 900 2;
    # panic after this many kernel faults: exploits are retried, crashes rarely are
    "kernel.oops_limit" = lib.mkOverride 900 100;
    # after a panic the host reboots in this many seconds instead of hanging
    "kernel.panic" = lib.mkOverride 900 10;
    # only root uses performance events
    "kernel.perf_event_paranoid" = lib.mkOverride 900 3;
    # processes are laid out at random, the heap included
    "kernel.randomize_va_space" = lib.mkOverride 900 2;
    # the keyboard cannot command the kernel
    "kernel.sysrq" = lib.mkOverride 900 0;
    # only root loads BPF programs; until reboot
    "kernel.unprivileged_bpf_disabled" = lib.mkOverride 900 1;
    # panic after this many kernel warnings
    "kernel.warn_limit" = lib.mkOverride 900 100;
    # processes cannot trace each other: 1 only children, 3 none until reboot
    "kernel.yama.ptrace_scope" = lib.mkOverride 900 3;
    # constants in JIT-compiled BPF code are blinded, for root's programs too
    "net.core.bpf_jit_harden" = lib.mkOverride 900 2;
    # routes are not changed by ICMP redirects
    "net.ipv4.conf.all.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv4.conf.all.accept_source_route" = lib.mkOverride 900 0;
    # routes are not changed by a gateway's ICMP redirects either
    "net.ipv4.conf.all.secure_redirects" = lib.mkOverride 900 0;
    # no redirects are sent
    "net.ipv4.conf.all.send_redirects" = lib.mkOverride 900 0;
    # routes are not changed by ICMP redirects
    "net.ipv4.conf.default.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv4.conf.default.accept_source_route" = lib.mkOverride 900 0;
    # routes are not changed by a gateway's ICMP redirects either
    "net.ipv4.conf.default.secure_redirects" = lib.mkOverride 900 0;
    # no redirects are sent
    "net.ipv4.conf.default.send_redirects" = lib.mkOverride 900 0;
    # pings to a broadcast address get no answer
    "net.ipv4.icmp_echo_ignore_broadcasts" = lib.mkOverride 900 1;
    # malformed ICMP errors do not fill the log
    "net.ipv4.icmp_ignore_bogus_error_responses" = lib.mkOverride 900 1;
    # a stray reset does not end a connection in TIME-WAIT
    "net.ipv4.tcp_rfc1337" = lib.mkOverride 900 1;
    # a SYN flood does not exhaust the backlog
    "net.ipv4.tcp_syncookies" = lib.mkOverride 900 1;
    # IPv6 interfaces that already exist ignore "all" and "default"
    "net.ipv6.conf.*.accept_ra" = lib.mkOverride 900 0;
    # IPv6 interfaces that already exist ignore "all" and "default"
    "net.ipv6.conf.*.accept_redirects" = lib.mkOverride 900 0;
    # IPv6 interfaces that already exist ignore "all" and "default"
    "net.ipv6.conf.*.accept_source_route" = lib.mkOverride 900 0;
    # the network manager handles router advertisements, not the kernel
    "net.ipv6.conf.all.accept_ra" = lib.mkOverride 900 0;
    # routes are not changed by ICMPv6 redirects
    "net.ipv6.conf.all.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv6.conf.all.accept_source_route" = lib.mkOverride 900 0;
    # the network manager handles router advertisements, not the kernel
    "net.ipv6.conf.default.accept_ra" = lib.mkOverride 900 0;
    # routes are not changed by ICMPv6 redirects
    "net.ipv6.conf.default.accept_redirects" = lib.mkOverride 900 0;
    # the sender does not choose a packet's route
    "net.ipv6.conf.default.accept_source_route" = lib.mkOverride 900 0;
    # the lowest pages cannot be mapped, so null pointers stay harmless
    "vm.mmap_min_addr" = lib.mkOverride 900 65536;
    # addresses get the most random bits the architecture allows
    "vm.mmap_rnd_bits" = lib.mkOverride 900 32;
    # the most random bits for 32-bit programs
    "vm.mmap_rnd_compat_bits" = lib.mkOverride 900 16;
    # only root delays page faults of the kernel, a common help for exploits
    "vm.unprivileged_userfaultfd" = lib.mkOverride 900 0;
  };

  # hyper-threads stay on; mitigations=auto,nosmt drops them where a CPU bug needs it
  security.allowSimultaneousMultithreading = true;
  # the Nix sandbox, browsers and many services need user namespaces
  security.allowUserNamespaces = true;
  # kernel memory is unmapped while user code runs (Meltdown)
  security.forcePageTableIsolation = true;
  # modules load on demand: hot-plugged hardware and new firewall rules need them
  security.lockKernelModules = false;
  # the running kernel cannot be replaced, not even by hibernation
  security.protectKernelImage = true;

  boot.blacklistedKernelModules = [
    # protocols few hosts speak, each an attack surface any user can load
    "dccp"
    "rds"
    "tipc"
    "x25"
    "lapb"
    "appletalk"
    "psnap"
    "p8022"
    "llc2"
    "phonet"
    "ieee802154"
    "mac802154"
    "6lowpan"
    "n_hdlc"
    "slip"
    "caif"
    "kcm"
    "hsr"
    "smc"

    # SCTP: telephony and little else
    "sctp"

    # amateur radio protocols
    "ax25"
    "netrom"
    "rose"

    # CAN bus: cars and machines
    "can"
    "can-raw"
    "can-bcm"
    "can-gw"
    "can-isotp"
    "can-j1939"
    "vcan"

    # ATM: DSL cards
    "atm"

    # GSM multiplexing on serial modems; had exploitable holes
    "n_gsm"

    # near-field radio
    "nfc"

    # mesh networks
    "batman-adv"

    # the AFS file system and its transport
    "rxrpc"
    "kafs"

    # the old IPsec key socket; strongSwan uses netlink instead
    "af_key"

    # L2TP and PPTP tunnels
    "l2tp_core"
    "l2tp_ppp"
    "pptp"

    # label switching: provider routers
    "mpls_router"

    # kernel cryptography for user programs: many holes, hardly a user
    "af_alg"
    "algif_hash"
    "algif_skcipher"
    "algif_rng"
    "algif_aead"

    # old file systems: a crafted disk image attacks their parser
    "adfs"
    "affs"
    "befs"
    "bfs"
    "cramfs"
    "efs"
    "freevxfs"
    "hpfs"
    "jffs2"
    "jfs"
    "minix"
    "nilfs2"
    "omfs"
    "qnx4"
    "qnx6"
    "reiserfs"
    "romfs"
    "sysv"
    "ubifs"
    "ufs"
    "zonefs"
    "ecryptfs"

    # file systems of Apple disks
    "hfs"
    "hfsplus"

    # cluster file systems
    "coda"
    "gfs2"
    "ocfs2"
    "orangefs"

    # Ceph file system and block devices
    "ceph"
    "rbd"

    # an SMB server inside the kernel
    "ksmbd"

    # file systems of phones and Windows disks
    "f2fs"
    "ntfs3"

    # DVDs, and the provisioning disk of Azure
    "udf"

    # Windows shares
    "cifs"

    # NFS client and server
    "nfs"
    "nfsd"

    # FireWire devices reach memory directly
    "firewire-core"
    "firewire-ohci"
    "firewire-sbp2"
    "firewire-net"

    # Thunderbolt devices reach memory directly
    "thunderbolt"
    "thunderbolt_net"
    "intel-wmi-thunderbolt"

    # a radio with a large protocol stack
    "bluetooth"
    "btusb"
    "bnep"
    "rfcomm"

    # Microsoft's USB networking, insecure by design
    "rndis_host"
    "usb_f_rndis"

    # hardware of the last century
    "floppy"
    "comedi"
    "pcspkr"

    # network block devices
    "drbd"
    "nbd"

    # tape drives
    "st"

    # the parallel port
    "parport"
    "ppdev"
  ];

  # a blacklist alone does not stop loading by name or as a dependency
  boot.extraModprobeConfig = ''
    install dccp ${pkgs.coreutils}/bin/false
    install rds ${pkgs.coreutils}/bin/false
    install tipc ${pkgs.coreutils}/bin/false
    install x25 ${pkgs.coreutils}/bin/false
    install lapb ${pkgs.coreutils}/bin/false
    install appletalk ${pkgs.coreutils}/bin/false
    install psnap ${pkgs.coreutils}/bin/false
    install p8022 ${pkgs.coreutils}/bin/false
    install llc2 ${pkgs.coreutils}/bin/false
    install phonet ${pkgs.coreutils}/bin/false
    install ieee802154 ${pkgs.coreutils}/bin/false
    install mac802154 ${pkgs.coreutils}/bin/false
    install 6lowpan ${pkgs.coreutils}/bin/false
    install n_hdlc ${pkgs.coreutils}/bin/false
    install slip ${pkgs.coreutils}/bin/false
    install caif ${pkgs.coreutils}/bin/false
    install kcm ${pkgs.coreutils}/bin/false
    install hsr ${pkgs.coreutils}/bin/false
    install smc ${pkgs.coreutils}/bin/false
    install sctp ${pkgs.coreutils}/bin/false
    install ax25 ${pkgs.coreutils}/bin/false
    install netrom ${pkgs.coreutils}/bin/false
    install rose ${pkgs.coreutils}/bin/false
    install can ${pkgs.coreutils}/bin/false
    install can-raw ${pkgs.coreutils}/bin/false
    install can-bcm ${pkgs.coreutils}/bin/false
    install can-gw ${pkgs.coreutils}/bin/false
    install can-isotp ${pkgs.coreutils}/bin/false
    install can-j1939 ${pkgs.coreutils}/bin/false
    install vcan ${pkgs.coreutils}/bin/false
    install atm ${pkgs.coreutils}/bin/false
    install n_gsm ${pkgs.coreutils}/bin/false
    install nfc ${pkgs.coreutils}/bin/false
    install batman-adv ${pkgs.coreutils}/bin/false
    install rxrpc ${pkgs.coreutils}/bin/false
    install kafs ${pkgs.coreutils}/bin/false
    install af_key ${pkgs.coreutils}/bin/false
    install l2tp_core ${pkgs.coreutils}/bin/false
    install l2tp_ppp ${pkgs.coreutils}/bin/false
    install pptp ${pkgs.coreutils}/bin/false
    install mpls_router ${pkgs.coreutils}/bin/false
    install af_alg ${pkgs.coreutils}/bin/false
    install algif_hash ${pkgs.coreutils}/bin/false
    install algif_skcipher ${pkgs.coreutils}/bin/false
    install algif_rng ${pkgs.coreutils}/bin/false
    install algif_aead ${pkgs.coreutils}/bin/false
    install adfs ${pkgs.coreutils}/bin/false
    install affs ${pkgs.coreutils}/bin/false
    install befs ${pkgs.coreutils}/bin/false
    install bfs ${pkgs.coreutils}/bin/false
    install cramfs ${pkgs.coreutils}/bin/false
    install efs ${pkgs.coreutils}/bin/false
    install freevxfs ${pkgs.coreutils}/bin/false
    install hpfs ${pkgs.coreutils}/bin/false
    install jffs2 ${pkgs.coreutils}/bin/false
    install jfs ${pkgs.coreutils}/bin/false
    install minix ${pkgs.coreutils}/bin/false
    install nilfs2 ${pkgs.coreutils}/bin/false
    install omfs ${pkgs.coreutils}/bin/false
    install qnx4 ${pkgs.coreutils}/bin/false
    install qnx6 ${pkgs.coreutils}/bin/false
    install reiserfs ${pkgs.coreutils}/bin/false
    install romfs ${pkgs.coreutils}/bin/false
    install sysv ${pkgs.coreutils}/bin/false
    install ubifs ${pkgs.coreutils}/bin/false
    install ufs ${pkgs.coreutils}/bin/false
    install zonefs ${pkgs.coreutils}/bin/false
    install ecryptfs ${pkgs.coreutils}/bin/false
    install hfs ${pkgs.coreutils}/bin/false
    install hfsplus ${pkgs.coreutils}/bin/false
    install coda ${pkgs.coreutils}/bin/false
    install gfs2 ${pkgs.coreutils}/bin/false
    install ocfs2 ${pkgs.coreutils}/bin/false
    install orangefs ${pkgs.coreutils}/bin/false
    install ceph ${pkgs.coreutils}/bin/false
    install rbd ${pkgs.coreutils}/bin/false
    install ksmbd ${pkgs.coreutils}/bin/false
    install f2fs ${pkgs.coreutils}/bin/false
    install ntfs3 ${pkgs.coreutils}/bin/false
    install udf ${pkgs.coreutils}/bin/false
    install cifs ${pkgs.coreutils}/bin/false
    install nfs ${pkgs.coreutils}/bin/false
    install nfsd ${pkgs.coreutils}/bin/false
    install firewire-core ${pkgs.coreutils}/bin/false
    install firewire-ohci ${pkgs.coreutils}/bin/false
    install firewire-sbp2 ${pkgs.coreutils}/bin/false
    install firewire-net ${pkgs.coreutils}/bin/false
    install thunderbolt ${pkgs.coreutils}/bin/false
    install thunderbolt_net ${pkgs.coreutils}/bin/false
    install intel-wmi-thunderbolt ${pkgs.coreutils}/bin/false
    install bluetooth ${pkgs.coreutils}/bin/false
    install btusb ${pkgs.coreutils}/bin/false
    install bnep ${pkgs.coreutils}/bin/false
    install rfcomm ${pkgs.coreutils}/bin/false
    install rndis_host ${pkgs.coreutils}/bin/false
    install usb_f_rndis ${pkgs.coreutils}/bin/false
    install floppy ${pkgs.coreutils}/bin/false
    install comedi ${pkgs.coreutils}/bin/false
    install pcspkr ${pkgs.coreutils}/bin/false
    install drbd ${pkgs.coreutils}/bin/false
    install nbd ${pkgs.coreutils}/bin/false
    install st ${pkgs.coreutils}/bin/false
    install parport ${pkgs.coreutils}/bin/false
    install ppdev ${pkgs.coreutils}/bin/false
  '';

  # a soft dependency takes precedence over an install line; of several the
  # first counts, and those of the kernel are in a file called modules.softdep
  environment.etc."modprobe.d/00-pantherctl.conf".text = ''
    softdep ksmbd pre:
    softdep f2fs pre:
    softdep nfsd pre:
  '';
}
