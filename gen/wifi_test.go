package gen_test

import (
	"strings"
	"testing"
)

// TestWifiOfLockedKernel: the ciphers of a network are there before modules are
// locked, whenever its first key comes.
func TestWifiOfLockedKernel(t *testing.T) {
	const document = `version: 1
fleet: example
nixos: "25.11"
hosts:
  box:
    system: x86_64-linux
    level: workstation
    interfaces: { wlan0: lan }
    wifi: { enable: true }
    kernel: { lock_modules: LOCK }
`
	for lock, want := range map[string]bool{"true": true, "false": false} {
		text := texts(filesOf(t, strings.ReplaceAll(document, "LOCK", lock)))["hosts/box/wifi.nix"]
		if got := strings.Contains(text, `"ccm"`) && strings.Contains(text, "boot.kernelModules"); got != want {
			t.Errorf("lock_modules: %s: loaded beforehand %t", lock, got)
		}
	}
}
