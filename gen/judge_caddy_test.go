package gen_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// caddyBinary returns Caddy with the Cloudflare plugin, built once from the
// module in testdata and kept beside the other programs that tests ask.
func caddyBinary(t *testing.T) string {
	t.Helper()
	source := filepath.Join("testdata", "caddy")
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		sum.Write([]byte(readText(t, source, name)))
	}
	cache := os.Getenv("PANTHERCTL_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err) // without it nothing in Go is built
		}
		cache = filepath.Join(dir, "pantherctl")
	}
	binary := filepath.Join(cache, fmt.Sprintf("caddy-%s-%.8x", runtime.Version(), sum.Sum(nil)))
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	// Tags as in nixpkgs; unoptimized, as it answers a few questions only.
	build := exec.CommandContext(t.Context(), tool(t, "go"), "build", "-C", source, "-trimpath", "-buildvcs=false",
		"-tags=nobadger,nomysql,nopgx", "-gcflags=all=-N -l", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	switch out, err := build.CombinedOutput(); {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("CI must ask Caddy itself: %v\n%s", err, out)
	case err != nil:
		t.Skipf("Caddy was not asked, as it cannot be built here: %v\n%s", err, out)
	}
	return binary
}

// caddyfile is the Caddyfile of a host with the token and the certificates of
// the test in the place of the host's.
func caddyfile(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	certificate(t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), "vault.example", 60*24*time.Hour)
	if err := os.WriteFile(filepath.Join(dir, "cloudflare-token"), []byte(strings.Repeat("a", 40)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("/run/credentials/caddy.service", dir, "/var/lib/acme/vault.example", dir).Replace(config)
}

// TestCaddyfile has Caddy load the Caddyfile of each host, up to the point
// where it would listen.
func TestCaddyfile(t *testing.T) {
	caddy := caddyBinary(t)
	t.Setenv("HOME", t.TempDir())
	validate := func(t *testing.T, config string) error {
		out, err := exec.CommandContext(t.Context(), caddy, "validate", "--adapter", "caddyfile", "--config", write(t, "Caddyfile", config)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
	plugin, guarded := "", ""
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if f.Caddy.Config == "" {
				continue
			}
			t.Run(e.name+"/"+name, func(t *testing.T) {
				config := caddyfile(t, f.Caddy.Config)
				if err := validate(t, config); err != nil {
					t.Error(err)
				}
				if strings.Contains(config, "acme_dns") {
					plugin = config
				}
				if strings.Contains(config, "forward_auth") {
					guarded = config
				}
			})
		}
	}
	if plugin == "" || guarded == "" {
		t.Fatal("no host has sites with the plugin, or none that Authelia guards")
	}
	for name, wrong := range map[string]string{
		"a misspelt directive":    strings.Replace(plugin, "reverse_proxy", "reverse_prox", 1),
		"a plugin not built in":   strings.Replace(plugin, "acme_dns cloudflare", "acme_dns route53", 1),
		"a token that is none":    strings.Replace(plugin, "cloudflare-token", "Caddyfile", 1),
		"a misspelt subdirective": strings.Replace(guarded, "copy_headers", "copy_header", 1),
	} {
		if err := validate(t, wrong); err == nil {
			t.Errorf("Caddy accepts %s", name)
		}
	}
}

// TestForwardAuth runs Caddy with a host's own site, and asks it as visitors
// who may come in, may not, and say that they are somebody else.
func TestForwardAuth(t *testing.T) {
	caddy := caddyBinary(t)
	var config string
	for _, e := range examples() {
		for _, f := range e.facts(t) {
			if strings.Contains(f.Caddy.Config, "forward_auth") {
				config = f.Caddy.Config
			}
		}
	}
	seen := make(chan string, 1)
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Remote-User") + "/" + r.Header.Get("Remote-Groups")
	}))
	defer service.Close()
	authelia := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch user := r.Header.Get("Cookie"); {
		case r.URL.Path != "/api/authz/forward-auth" || r.Header.Get("X-Forwarded-Host") == "":
			http.Error(w, "not asked as Authelia is", http.StatusInternalServerError)
		case user == "":
			w.WriteHeader(http.StatusUnauthorized)
		case user != "nameless=1":
			w.Header().Set("Remote-User", "ann")
			w.Header().Set("Remote-Groups", "keepers")
		}
	}))
	defer authelia.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	_, port, _ := net.SplitHostPort(address)
	config = strings.NewReplacer(
		"http://127.0.0.1:8200", service.URL, "127.0.0.1:9091", strings.TrimPrefix(authelia.URL, "http://"),
		"tls /var/lib/acme/vault.example/cert.pem /var/lib/acme/vault.example/key.pem", "bind 127.0.0.1",
		"ui.vault.example {", "http://ui.vault.example:"+port+" {", "login.vault.example {", "http://login.vault.example:"+port+" {",
	).Replace(config)
	ctx, cancel := context.WithCancel(t.Context())
	run := exec.CommandContext(ctx, caddy, "run", "--adapter", "caddyfile", "--config", write(t, "Caddyfile", config))
	run.Env = append(os.Environ(), "HOME="+t.TempDir())
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = run.Wait() }()
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, test := range []struct {
		name, cookie string
		status       int
		user         string
	}{
		{"nobody", "", http.StatusUnauthorized, ""},
		{"somebody", "session=1", http.StatusOK, "ann/keepers"},
		{"one whom Authelia does not name", "nameless=1", http.StatusOK, "/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Host = "ui.vault.example:" + port
			request.Header.Set("Remote-User", "root")
			request.Header.Set("Remote-Groups", "wheel")
			if test.cookie != "" {
				request.Header.Set("Cookie", test.cookie)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			var user string
			select {
			case user = <-seen:
			default:
			}
			if response.StatusCode != test.status || user != test.user {
				t.Errorf("got %d, the service saw %q; want %d and %q", response.StatusCode, user, test.status, test.user)
			}
		})
	}
}
