package schema

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// AdGuard is AdGuard Home, which answers DNS and leaves out what lists block.
type AdGuard struct {
	Mode       Value[Mode]           `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable     Value[bool]           `yaml:"enable" doc:"Answer DNS. Access rules say for whom, as dns."`
	Listen     List[DNSSide]         `yaml:"listen" doc:"On which of the host's declared addresses: lan, tailnet."`
	Upstreams  List[Resolver]        `yaml:"upstreams" doc:"Who is asked: https://…, tls://…, quic://… or, without encryption, an IP address."`
	Bootstrap  List[Addr]            `yaml:"bootstrap" doc:"Name servers that find the upstreams' own addresses."`
	Blocklists Map[Name, Value[URL]] `yaml:"blocklists" doc:"Lists of what is blocked, by name."`
	Web        Value[WebSide]        `yaml:"web" doc:"Who reaches the web interface: the host alone (local), or tailnet too, as adguard-web."`
	Password   Value[Name]           `yaml:"password,secret" doc:"The secret holding the hash of the web interface's password for the user admin (mkpasswd -m bcrypt)."`
}

// DNSSide is a side of a host that AdGuard Home answers.
type DNSSide string

func (*DNSSide) words() []string { return []string{string(LAN), string(Tailnet)} }

// WebSide is who reaches a web interface without TLS.
type WebSide string

func (*WebSide) words() []string { return []string{"local", string(Tailnet)} }

// Resolver is a name server elsewhere.
type Resolver string

var resolverForm = newForm(`^((https|tls|quic)://([a-z0-9-]+\.)*[a-z0-9-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?|` + addrForm + `)$`)

const resolverWhat = "a name server, such as https://dns.example/dns-query, tls://dns.example or 192.0.2.1"

func (*Resolver) what() string { return resolverWhat }
func (r *Resolver) parse(tag, text string) error {
	*r = Resolver(text)
	if err := pattern(tag, text, resolverForm, resolverWhat); err != nil {
		return err
	}
	if strings.Contains(text, "://") {
		return portInURL(text)
	}
	return new(Addr).parse(tag, text)
}

func (*Resolver) shape(*shapes) shape {
	return shape{"type": "string", "pattern": resolverForm.String()}
}

// URL is the address of a public file.
type URL string

var urlForm = newForm(`^https://([a-z0-9-]+\.)+[a-z0-9-]+(:[0-9]{1,5})?/[A-Za-z0-9._~/?=&%+-]*$`)

const urlWhat = "an address such as https://example.org/list.txt"

func (*URL) what() string { return urlWhat }
func (u *URL) parse(tag, text string) error {
	*u = URL(text)
	if err := pattern(tag, text, urlForm, urlWhat); err != nil {
		return err
	}
	return portInURL(text)
}

// portInURL refuses a port that there is not in a URL of one of the forms above.
func portInURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Port() == "" {
		return err
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%s names no port from 1 to 65535", quote(text))
	}
	return nil
}

func (*URL) shape(*shapes) shape { return shape{"type": "string", "pattern": urlForm.String()} }
