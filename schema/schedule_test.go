package schema

import "testing"

func TestWindow(t *testing.T) {
	tests := []struct {
		window Window
		at     Schedule
		length int
		want   bool
	}{
		{"04:00-06:00", "Sun 04:40", 30, true},
		{"04:00-06:00", "04:01", 118, true},
		{"04:00-06:00", "04:00", 30, false}, // NixOS compares with > and <
		{"04:00-06:00", "04:40", 80, false},
		{"04:00-06:00", "03:59", 30, false},
		{"04:00-06:00", "12:00", 0, false},
		{"23:00-02:00", "Mon 23:30", 60, true},
		{"23:00-02:00", "01:00", 30, true},
		{"23:00-02:00", "01:00", 60, false},
		{"23:00-02:00", "22:00", 10, false},
	}
	for _, test := range tests {
		if got := test.window.Holds(test.at.Minutes(), test.length); got != test.want {
			t.Errorf("%s holds %s and %d minutes: %t", test.window, test.at, test.length, got)
		}
	}
}

func TestUpkeepForms(t *testing.T) {
	tests := []struct {
		target scalar
		good   []string
		bad    []string
	}{
		{new(Schedule), []string{"04:40", "Sun 04:40"}, []string{"24:00", "4:40", "daily", "Son 04:40", "Sun  04:40", "Sun 04:40:00"}},
		{new(Window), []string{"04:00-06:00", "23:00-02:00"}, []string{"04:00", "04:00-24:00", "4-6"}},
		{new(Size), []string{"500M", "2G"}, []string{"500", "0M", "2T", "1.5G"}},
		{
			new(FlakeRef),
			[]string{
				"github:example/infra", "github:example/infra/main", "sourcehut:~example/infra", "/etc/nixos",
				"git+ssh://git@git.example/team/infra.git?ref=main", "git+https://git.example:8443/infra",
			},
			[]string{
				"infra", "github:example", "github:example/infra#box", "git+https://token@git.example/infra", "git+https://git.example",
				"github:a/b;reboot", "github:a/b c", "git+ssh://git.example/a?ref=x&dir=y", "github:a/$(b)", "http://git.example/a",
			},
		},
	}
	for _, test := range tests {
		for _, text := range test.good {
			if err := test.target.parse("!!str", text); err != nil {
				t.Errorf("%T: %v", test.target, err)
			}
		}
		for _, text := range test.bad {
			if err := test.target.parse("!!str", text); err == nil {
				t.Errorf("%T takes %q", test.target, text)
			}
		}
	}
}
