package gen_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// certificate writes a certificate for a name that ends after a time, and its
// key.
func certificate(t *testing.T, file, keyFile, name string, left time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name},
		NotBefore: time.Now().Add(-90 * 24 * time.Hour), NotAfter: time.Now().Add(left),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyText := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	for name, data := range map[string][]byte{file: text, keyFile: keyText} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pair, err := tls.X509KeyPair(text, keyText)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestCertificatesEnd runs the script that looks for certificates that end
// soon, on files and on a proxy of the test.
func TestCertificatesEnd(t *testing.T) {
	bash := tool(t, "bash")
	_ = tool(t, "openssl")
	dir, script := t.TempDir(), write(t, "certificates.sh", string(nixmodules.CertificatesScript))
	const day = 24 * time.Hour
	pairs := map[string]tls.Certificate{}
	for name, left := range map[string]time.Duration{"new.example": 60 * day, "old.example": 5 * day, "ended.example": -day} {
		pairs[name] = certificate(t, filepath.Join(dir, name), filepath.Join(dir, name+".key"), name, left)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, ok := pairs[hello.ServerName]
			if !ok {
				return nil, os.ErrNotExist
			}
			return &pair, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = c.Read(make([]byte, 1)); c.Close() }()
		}
	}()
	for _, test := range []struct {
		name         string
		kept, served []string
		want         string // what is printed, "" if all is well
	}{
		{"all is well", []string{"new.example"}, []string{"new.example"}, ""},
		{"nothing to look at", nil, nil, ""},
		{"a file ends soon", []string{"new.example", "old.example"}, nil, "old.example: ends "},
		{"a file is missing", []string{"lost.example"}, nil, "lost.example: not found"},
		{"a site ends soon", nil, []string{"old.example", "new.example"}, "old.example: ends "},
		{"a site has ended", nil, []string{"ended.example"}, "ended.example: ends "},
		{"a site has none", nil, []string{"lost.example"}, "lost.example: not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := make([]string, len(test.kept))
			for i, name := range test.kept {
				files[i] = filepath.Join(dir, name)
			}
			cmd := exec.CommandContext(t.Context(), bash, "-e", script)
			cmd.Env = append(os.Environ(), "WITHIN=1209600", "ADDRESS="+listener.Addr().String(),
				"KEPT="+strings.Join(files, "\n"), "SERVED="+strings.Join(test.served, "\n"))
			out, err := cmd.Output()
			if (err != nil) != (test.want != "") || !strings.Contains(string(out), test.want) || test.want == "" && len(out) > 0 {
				t.Errorf("got %q, %v; want %q", out, err, test.want)
			}
			if strings.Count(string(out), "\n") > 1 {
				t.Errorf("more than one is told: %q", out)
			}
		})
	}
}
