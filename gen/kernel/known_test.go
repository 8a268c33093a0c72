package kernel

import "testing"

func TestKnownSysctl(t *testing.T) {
	tests := []struct {
		key, nearest string
		ok           bool
	}{
		{key: "kernel.kptr_restrict", ok: true},
		{key: "vm.drop_caches", ok: true},
		{key: "net.ipv6.conf.*.accept_ra", ok: true},
		{key: "net.ipv4.conf.enp3s0.rp_filter", ok: true},
		{key: "net/ipv4/conf/eth0.100/rp_filter", ok: true},
		{key: "net.ipv4.conf.eth0/100.rp_filter", ok: true},
		{key: "net.netfilter.nf_conntrack_max", ok: true},
		{key: "net.bridge.bridge-nf-call-iptables", ok: true},
		{key: "net.ipv4.neigh.wlan0.gc_stale_time", ok: true},

		{key: "kernel.unprivileged_bpf_disable", nearest: "kernel.unprivileged_bpf_disabled"},
		{key: "net.ipv4.tcp_fsack", nearest: "net.ipv4.tcp_dsack"},
		{key: "net.ipv6.default.accept_ra", nearest: "net.ipv6.conf.default.accept_ra"},
		{key: "net.ipv4.rfc1337", nearest: "net.ipv4.tcp_rfc1337"},
		{key: "net/ipv4/tcp_syncookie", nearest: "net.ipv4.tcp_syncookies"},
		{key: "net.ipv6.conf.default.acept_ra", nearest: "net.ipv6.conf.default.accept_ra"},
		{key: "kernel.unprivileged_userns_clone"},
		{key: "nonsense"},
		{key: "kernel.["},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			ok, nearest := KnownSysctl(tt.key)
			if ok != tt.ok || nearest != tt.nearest {
				t.Errorf("got %v, %q; want %v, %q", ok, nearest, tt.ok, tt.nearest)
			}
		})
	}
}

func TestDead(t *testing.T) {
	for name, want := range map[string]bool{
		"lockdown": true, "lockdown=confidentiality": true, "module.sig_enforce=1": true, "cfi": true,
		"kernel.unprivileged_userns_clone": true, "page_alloc.shuffel": true,
		"page_alloc.shuffle": false, "slab_nomerge": false, "kernel.sysrq": false,
	} {
		why, dead := Dead(name)
		if dead != want || (why != "") != want {
			t.Errorf("Dead(%q) = %q, %v", name, why, dead)
		}
	}
}
