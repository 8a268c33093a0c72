package schema

import (
	"strings"
	"testing"
)

func TestUpstream(t *testing.T) {
	for _, test := range []struct {
		name, text, want, problem string
	}{
		{name: "a service", text: "vaultwarden", want: "vaultwarden"},
		{name: "an address", text: "http://127.0.0.1:8222", want: "http://127.0.0.1:8222"},
		{name: "HTTPS", text: "https://10.10.1.2:443", want: "https://10.10.1.2:443"},
		{name: "IPv6", text: "http://[::1]:3000", want: "http://[::1]:3000"},
		{name: "no port", text: "http://127.0.0.1", problem: "is not the name"},
		{name: "port 0", text: "http://127.0.0.1:0", problem: "is not the name"},
		{name: "port too large", text: "http://127.0.0.1:65536", problem: "is not the name"},
		{name: "a path", text: "http://127.0.0.1:80/admin", problem: "is not the name"},
		{name: "credentials", text: "http://user:secret@127.0.0.1:80", problem: "is not the name"},
		{name: "another scheme", text: "unix:///run/app.sock", problem: "is not the name"},
		{name: "a host name", text: "http://example.org:80", problem: "is not the name"},
		{name: "every address", text: "http://0.0.0.0:80", problem: "of no single host"},
		{name: "mapped", text: "http://[::ffff:127.0.0.1]:80", problem: "of no single host"},
		{name: "nothing", text: "", problem: "is not the name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var u Upstream
			err := u.parse("!!str", test.text)
			switch {
			case test.problem == "" && err != nil:
				t.Fatal(err)
			case test.problem == "" && u.String() != test.want:
				t.Errorf("got %s, want %s", u, test.want)
			case test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)):
				t.Errorf("got %v, want a problem with %q", err, test.problem)
			}
		})
	}
	var u Upstream
	if err := u.parse("!!int", "8080"); err == nil {
		t.Error("a number is an upstream")
	}
}
