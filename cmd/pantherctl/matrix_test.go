package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConcernsInEveryStage: each concern has its file, of the same name, in
// every stage it passes through. A concern that is read but not judged, or
// judged but not written, shows here.
func TestConcernsInEveryStage(t *testing.T) {
	concerns := []string{
		"users", "network", "firewall", "ssh", "tailscale", "secrets", "kernel", "fail2ban", "apparmor", "integrity",
		"persistence", "backup", "upgrade", "journal", "wifi", "audit", "logs", "notify", "metrics",
		"selfcheck", "sshclient", "disk", "containers", "sandbox",
		"selfcheck", "sshclient", "disk",
		"postgresql", "adguard", "vaultwarden", "cloudflared",
		"certificates", "caddy", "traefik", "authelia",
		"selfcheck", "sshclient", "disk", "incident", "derp", "sshcert",
		"selfcheck", "sshclient", "disk", "swap", "time",
	}
	stages := []string{"schema", "gen/policy", "gen", "cmd/pantherctl/internal/check"}
	for _, stage := range stages {
		for _, concern := range concerns {
			file := filepath.Join("..", "..", filepath.FromSlash(stage), concern+".go")
			if _, err := os.Stat(file); err != nil {
				t.Errorf("stage %s has no file for %s: %v", stage, concern, err)
			}
		}
	}
}
