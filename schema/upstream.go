package schema

import (
	"fmt"
	"net/netip"
)

// Upstream says where a proxy or tunnel sends requests: to a service of the
// host by its name, such as vaultwarden, or to an address, such as
// http://127.0.0.1:8222. What a name stands for is known once the host is
// resolved.
type Upstream struct {
	Service Name           // "" if it is an address
	TLS     bool           // the address speaks HTTPS
	Address netip.AddrPort // of an address; an IPv6 one has no zone
}

// upstreamURL is an address as a URL without a path: what is asked for there
// is the client's to say.
var upstreamURL = newForm(`^(https?)://([0-9.]+:[0-9]+|\[[0-9A-Fa-f:.]+\]:[0-9]+)$`)

func (*Upstream) what() string {
	return "the name of a service of the host, or an address such as http://127.0.0.1:8080"
}

func (u *Upstream) parse(tag, text string) error {
	if tag == "!!str" && nameForm.MatchString(text) {
		*u = Upstream{Service: Name(text)}
		return nil
	}
	m := upstreamURL.FindStringSubmatch(text)
	if tag != "!!str" || m == nil {
		return fmt.Errorf("%s is not %s", quote(text), u.what())
	}
	address, err := netip.ParseAddrPort(m[2])
	switch {
	case err != nil || address.Port() == 0:
		return fmt.Errorf("%s is not %s", quote(text), u.what())
	case address.Addr().IsUnspecified() || address.Addr().IsMulticast() || address.Addr().Is4In6():
		return fmt.Errorf("%s is the address of no single host", quote(text))
	}
	*u = Upstream{TLS: m[1] == "https", Address: address}
	return nil
}

func (*Upstream) shape(*shapes) shape {
	return shape{"type": "string", "anyOf": []any{
		shape{"pattern": nameForm.String()},
		shape{"pattern": upstreamURL.String()},
	}}
}

// String returns the upstream as a document spells it.
func (u Upstream) String() string {
	if u.Service != "" {
		return string(u.Service)
	}
	return u.URL()
}

// URL returns the address as a URL without a path.
func (u Upstream) URL() string {
	if u.TLS {
		return "https://" + u.Address.String()
	}
	return "http://" + u.Address.String()
}
