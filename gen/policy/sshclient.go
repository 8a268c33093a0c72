package policy

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// KnownHost is a machine's public host key and all names it answers to.
type KnownHost struct {
	Name  string   // "web", or "web-initrd" for what unlocks its disk
	Names []string // as known_hosts has them: a port other than 22 is written [name]:port
	Key   schema.PublicKey

	Authority bool // the key signs the hosts' certificates
}

// KnownHosts returns the keys of the fleet's hosts, as the document declares
// them. A name with two keys is two entries.
func (f *Fleet) KnownHosts() []KnownHost {
	var known []KnownHost
	for _, h := range f.Hosts {
		names := f.namesOf(h)
		for i, key := range h.HostKeys {
			k := KnownHost{Name: h.Name, Key: key}
			if i > 0 {
				k.Name = f.unlikeHosts(fmt.Sprintf("%s-%d", h.Name, i+1))
			}
			for _, port := range h.SSHPorts() {
				k.Names = append(k.Names, at(names, port)...)
			}
			known = append(known, k)
		}
		if u := h.Disk.RemoteUnlock; h.Unlocks() && u.PublicKey.IsSet() {
			known = append(known, KnownHost{
				Name: h.InitrdAlias(), Names: append([]string{h.InitrdAlias()}, at(names, int(u.Port.V))...), Key: u.PublicKey.V,
			})
		}
	}
	return append(known, f.authorities()...)
}

// unlikeHosts returns a name for an entry that no host has.
func (f *Fleet) unlikeHosts(name string) string {
	for {
		if _, taken := f.Host(name); !taken {
			return name
		}
		name += "-key"
	}
}

// Fingerprints returns what ssh shows of the host's keys, "SHA256:… (ssh-ed25519)".
func (h *Host) Fingerprints() []string {
	all := make([]string, len(h.HostKeys))
	for i, k := range h.HostKeys {
		all[i] = fmt.Sprintf("%s (%s)", k.Fingerprint(), k.Type)
	}
	return all
}

// namesOf returns the names and addresses of a host.
func (f *Fleet) namesOf(h *Host) []string {
	names := []string{h.Name}
	if f.Tailnet.IsSet() && h.Tailscale.Enable.V {
		names = append(names, h.Name+"."+string(f.Tailnet.V))
	}
	for _, list := range []schema.List[schema.Addr]{h.Addresses.Tailnet, h.Addresses.LAN, h.Addresses.WAN} {
		for _, a := range list.Values() {
			names = append(names, a.String())
		}
	}
	return names
}

// at writes names with a port, as ssh looks them up.
func at(names []string, port int) []string {
	if port == 22 {
		return names
	}
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("[%s]:%d", name, port)
	}
	return names
}

// destinations are the patterns (ssh_config(5)) of the fleet's hosts that run
// an SSH server.
func (f *Fleet) destinations() []string {
	var patterns []string
	for _, h := range f.Hosts {
		if h.SSH.Enable.V {
			patterns = append(patterns, f.namesOf(h)...)
		}
	}
	return patterns
}

// InitrdAlias is the name by which ssh reaches what unlocks the host's disk.
func (h *Host) InitrdAlias() string { return h.Name + "-initrd" }

// InitrdAddress is where the initrd listens: it is in no tailnet.
func (h *Host) InitrdAddress() string {
	for _, list := range []schema.List[schema.Addr]{h.Addresses.LAN, h.Addresses.WAN} {
		if len(list.Items) > 0 {
			return list.Items[0].V.String()
		}
	}
	return h.Name
}

// sshClient checks the aliases of a fleet.
func (r *resolver) sshClient(f *Fleet, h *Host) {
	if !h.Unlocks() {
		return
	}
	if other, ok := f.Host(h.InitrdAlias()); ok {
		r.report(other.From, "hosts."+other.Name, fmt.Sprintf("%s is also the name by which the disk of %s is unlocked", other.Name, h.Name), "give the host another name")
	}
}
