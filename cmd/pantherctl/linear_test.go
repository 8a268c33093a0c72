package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestLinear holds the cost of generate linear in the number of hosts, by the
// processor time of whole processes: eight times the hosts may cost twelve times
// as much, where work for each pair of hosts costs forty times.
func TestLinear(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "pantherctl")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cost := func(hosts int) time.Duration {
		if err := os.WriteFile(filepath.Join(dir, "security.yaml"), []byte(manyHosts(first, hosts)), 0o644); err != nil {
			t.Fatal(err)
		}
		least := time.Hour
		for range 2 {
			cmd := exec.Command(program, "generate", "-o", filepath.Join(t.TempDir(), "out"))
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%d hosts: %v\n%.2000s", hosts, err, out)
			}
			least = min(least, cmd.ProcessState.UserTime())
		}
		return least
	}
	few, many := cost(200), cost(1600)
	t.Logf("200 hosts: %v, 1600: %v of processor time, %.1f times", few, many, many.Seconds()/few.Seconds())
	if many > 12*few {
		t.Errorf("1600 hosts take %v of processor time, more than 12 times the %v of 200", many, few)
	}
}
