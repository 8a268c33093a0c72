# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  laptop = {
    # and the first kernel that knows them
    parameters = {
      "init_on_alloc=1" = "";
      "page_alloc.shuffle=1" = "";
      "randomize_kstack_offset=on" = "";
      "hardened_usercopy=1" = "";
      "hash_pointers=always" = "6.17";
    };
    sysctl = {
      "fs.protected_hardlinks" = "1";
      "fs.protected_symlinks" = "1";
      "kernel.dmesg_restrict" = "1";
      "kernel.kptr_restrict" = "1";
      "kernel.randomize_va_space" = "2";
      "net.ipv4.conf.all.accept_redirects" = "0";
      "net.ipv4.conf.all.accept_source_route" = "0";
      "net.ipv4.conf.all.secure_redirects" = "0";
      "net.ipv4.conf.default.accept_redirects" = "0";
      "net.ipv4.conf.default.accept_source_route" = "0";
      "net.ipv4.conf.default.secure_redirects" = "0";
      "net.ipv4.icmp_echo_ignore_broadcasts" = "1";
      "net.ipv4.icmp_ignore_bogus_error_responses" = "1";
      "net.ipv4.tcp_rfc1337" = "1";
      "net.ipv4.tcp_syncookies" = "1";
      "net.ipv6.conf.*.accept_redirects" = "0";
      "net.ipv6.conf.*.accept_source_route" = "0";
      "net.ipv6.conf.all.accept_redirects" = "0";
      "net.ipv6.conf.all.accept_source_route" = "0";
      "net.ipv6.conf.default.accept_redirects" = "0";
      "net.ipv6.conf.default.accept_source_route" = "0";
      "vm.mmap_min_addr" = "65536";
      "vm.unprivileged_userfaultfd" = "0";
    };
    blocked = [ ];
    locked = false;
  };

  server = {
    # and the first kernel that knows them
    parameters = {
      slab_nomerge = "";
      "init_on_alloc=1" = "";
      "init_on_free=1" = "";
      "page_alloc.shuffle=1" = "";
      "randomize_kstack_offset=on" = "";
      "hardened_usercopy=1" = "";
      "hash_pointers=always" = "6.17";
      "vsyscall=none" = "";
      "debugfs=off" = "";
      "mitigations=auto,nosmt" = "";
      "tsx=off" = "";
      "iommu=force" = "";
      "iommu.strict=1" = "";
      "iommu.passthrough=0" = "";
      "intel_iommu=on" = "";
      "bdev_allow_write_mounted=0" = "6.8";
      "proc_mem.force_override=never" = "6.12";
      "ia32_emulation=0" = "6.7";
    };
    sysctl = {
      "dev.tty.ldisc_autoload" = "0";
      "dev.tty.legacy_tiocsti" = "0";
      "fs.protected_fifos" = "2";
      "fs.protected_hardlinks" = "1";
      "fs.protected_regular" = "2";
      "fs.protected_symlinks" = "1";
      "fs.suid_dumpable" = "0";
      "kernel.dmesg_restrict" = "1";
      "kernel.io_uring_disabled" = "2";
      "kernel.kexec_load_disabled" = "1";
      "kernel.kptr_restrict" = "2";
      "kernel.oops_limit" = "100";
      "kernel.panic" = "10";
      "kernel.perf_event_paranoid" = "3";
      "kernel.randomize_va_space" = "2";
      "kernel.sysrq" = "0";
      "kernel.unprivileged_bpf_disabled" = "1";
      "kernel.warn_limit" = "100";
      "kernel.yama.ptrace_scope" = "3";
      "net.core.bpf_jit_harden" = "2";
      "net.ipv4.conf.all.accept_redirects" = "0";
      "net.ipv4.conf.all.accept_source_route" = "0";
      "net.ipv4.conf.all.secure_redirects" = "0";
      "net.ipv4.conf.all.send_redirects" = "0";
      "net.ipv4.conf.default.accept_redirects" = "0";
      "net.ipv4.conf.default.accept_source_route" = "0";
      "net.ipv4.conf.default.secure_redirects" = "0";
      "net.ipv4.conf.default.send_redirects" = "0";
      "net.ipv4.icmp_echo_ignore_broadcasts" = "1";
      "net.ipv4.icmp_ignore_bogus_error_responses" = "1";
      "net.ipv4.tcp_rfc1337" = "1";
      "net.ipv4.tcp_syncookies" = "1";
      "net.ipv6.conf.*.accept_ra" = "0";
      "net.ipv6.conf.*.accept_redirects" = "0";
      "net.ipv6.conf.*.accept_source_route" = "0";
      "net.ipv6.conf.all.accept_ra" = "0";
      "net.ipv6.conf.all.accept_redirects" = "0";
      "net.ipv6.conf.all.accept_source_route" = "0";
      "net.ipv6.conf.default.accept_ra" = "0";
      "net.ipv6.conf.default.accept_redirects" = "0";
      "net.ipv6.conf.default.accept_source_route" = "0";
      "vm.mmap_min_addr" = "65536";
      "vm.unprivileged_userfaultfd" = "0";
    };
    blocked = [
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
      "sctp"
      "ax25"
      "netrom"
      "rose"
      "can"
      "can-raw"
      "can-bcm"
      "can-gw"
      "can-isotp"
      "can-j1939"
      "vcan"
      "atm"
      "n_gsm"
      "nfc"
      "batman-adv"
      "rxrpc"
      "kafs"
      "af_key"
      "l2tp_core"
      "l2tp_ppp"
      "pptp"
      "mpls_router"
      "af_alg"
      "algif_hash"
      "algif_skcipher"
      "algif_rng"
      "algif_aead"
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
      "hfs"
      "hfsplus"
      "coda"
      "gfs2"
      "ocfs2"
      "orangefs"
      "ceph"
      "rbd"
      "ksmbd"
      "f2fs"
      "ntfs3"
      "udf"
      "cifs"
      "nfs"
      "nfsd"
      "firewire-core"
      "firewire-ohci"
      "firewire-sbp2"
      "firewire-net"
      "thunderbolt"
      "thunderbolt_net"
      "intel-wmi-thunderbolt"
      "bluetooth"
      "btusb"
      "bnep"
      "rfcomm"
      "rndis_host"
      "usb_f_rndis"
      "floppy"
      "comedi"
      "pcspkr"
      "drbd"
      "nbd"
      "st"
      "parport"
      "ppdev"
    ];
    locked = true;
  };
}
