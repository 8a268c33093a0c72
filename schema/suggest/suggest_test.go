package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"yoga", "zephyrus", "hetzner-vps", "ovh-vps", "VERBOSE"}
	tests := map[string]string{
		"yoag": "yoga", "ygoa": "yoga", "yogaa": "yoga", "oga": "yoga", "toga": "yoga", "YOGA": "yoga", "verbose": "VERBOSE",
		"hetzner": "", "hetzner_vps": "hetzner-vps", "hetznr-vsp": "hetzner-vps", "x": "", "": "", "laptop": "", "zefirus": "",
		strings.Repeat("y", 65): "",
	}
	for name, want := range tests {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}
