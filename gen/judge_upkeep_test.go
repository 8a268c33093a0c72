package gen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestBackup has restic run the commands of each host, one after the other, on
// folders and a repository of the test.
func TestBackup(t *testing.T) {
	restic, ran := tool(t, "restic"), 0
	for _, e := range examples() {
		for host, f := range e.facts(t) {
			for name, backup := range f.Backups {
				ran++
				t.Run(e.name+"/"+host+"/"+name, func(t *testing.T) {
					dir := t.TempDir()
					data := filepath.Join(dir, "data")
					write := func(name, text string) string {
						name = filepath.Join(dir, name)
						if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
							t.Fatal(err)
						}
						return name
					}
					if err := os.Mkdir(data, 0o755); err != nil {
						t.Fatal(err)
					}
					write("data/letter", strings.Repeat("the same again\n", 1000))
					t.Setenv("RESTIC_REPOSITORY_FILE", write("repository", filepath.Join(dir, "store")))
					t.Setenv("RESTIC_PASSWORD_FILE", write("password", "secret"))
					t.Setenv("RESTIC_CACHE_DIR", filepath.Join(dir, "cache"))
					includes := write("includes", data+"\n")
					if _, err := run(t, restic, "init"); err != nil {
						t.Fatal(err)
					}
					for _, command := range backup.Commands {
						words := strings.Fields(command)
						if !regexp.MustCompile(`^/nix/store/…-restic-[^/]*/bin/restic$`).MatchString(words[0]) {
							t.Fatalf("not restic: %s", command)
						}
						for i, w := range words {
							if strings.HasPrefix(w, "--files-from=") {
								words[i] = "--files-from=" + includes
							}
						}
						if _, err := run(t, restic, words[1:]...); err != nil {
							t.Errorf("%s: %v", command, err)
						}
					}
					list, err := run(t, restic, "ls", "latest")
					if err != nil || !strings.Contains(list, data+"/letter") {
						t.Errorf("the backup holds %q, %v", list, err)
					}
				})
			}
		}
	}
	if ran == 0 {
		t.Error("no host backs up")
	}
}

// TestTimers has systemd read the times at which backups and upgrades start.
func TestTimers(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	times := map[string]string{} // by what starts
	for _, e := range examples() {
		for host, f := range e.facts(t) {
			for name, backup := range f.Backups {
				times[fmt.Sprintf("%s/%s/%s", e.name, host, name)] = backup.TimerConfig.OnCalendar
			}
			if f.Upgrade.Enable {
				times[fmt.Sprintf("%s/%s/upgrade", e.name, host)] = f.Upgrade.Dates
			}
		}
	}
	if len(times) == 0 {
		t.Error("no host has a timer")
	}
	for what, at := range times {
		out, err := run(t, analyze, "calendar", at)
		weekly, day := strings.HasSuffix(what, "/upgrade"), regexp.MustCompile(`(?m)Normalized form: (\*|Sun \*)-\*-\* \d\d:\d\d:00$`).FindStringSubmatch(out)
		if err != nil || day == nil || weekly != (day[1] == "Sun *") {
			t.Errorf("%s: systemd makes of %q: %s%v", what, at, out, err)
		}
	}
	if _, err := run(t, analyze, "calendar", "Sun 25:40"); err == nil {
		t.Error("systemd takes an hour that no day has")
	}
}

// TestJournal wants the journal of each host to be bounded, by the text of old
// releases and the settings of new ones alike.
func TestJournal(t *testing.T) {
	bounds := []string{"Storage=persistent", "RateLimitBurst=1000", "SystemMaxUse=500M", "MaxRetentionSec=31day", "ForwardToWall=no"}
	seen := 0
	check := func(t *testing.T, name string, lines []string) {
		seen++
		for _, b := range bounds {
			if !slices.Contains(lines, b) {
				t.Errorf("%s: no %s among %q", name, b, lines)
			}
		}
	}
	for _, e := range examples() {
		fleet, files := e.generate(t)
		old := e.facts(t)
		for _, h := range fleet.Hosts {
			if h.Journal.Enable.V {
				check(t, e.name+"/"+h.Name, strings.Split(old[h.Name].Journal.Text, "\n"))
			}
		}
		t.Run(e.name+"/settings", func(t *testing.T) {
			now := parseFacts(t, evaluate(t, files, "kernel.double.nix", "options.double.nix"))
			for _, h := range fleet.Hosts {
				var lines []string
				for key, value := range now[h.Name].Journal.Settings {
					lines = append(lines, fmt.Sprintf("%s=%v", key, value))
				}
				if h.Journal.Enable.V {
					check(t, h.Name, lines)
				}
			}
		})
	}
	if seen == 0 {
		t.Error("no host bounds its journal")
	}
}
