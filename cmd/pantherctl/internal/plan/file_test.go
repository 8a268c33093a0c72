package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

const (
	oldSystem = "/nix/store/0000000000000000000000000000000a-nixos-system-server-26.05"
	newSystem = "/nix/store/0000000000000000000000000000000b-nixos-system-server-26.05"
)

func binding() Binding {
	return Binding{Flake: ".", Revision: "1234567", Document: strings.Repeat("a", 64)}
}

// planned is a plan with all that one may hold.
func planned(t testing.TB) *Plan {
	t.Helper()
	h := compareServer(t, func(old, new *facts.Host) {
		old.System = &facts.System{Toplevel: oldSystem, Kernel: "/nix/store/1-linux-1", Units: map[string]string{"a.service": service}}
		new.System = &facts.System{Toplevel: newSystem, Derivation: newSystem + ".drv", Kernel: "/nix/store/1-linux-2", Units: map[string]string{}}
		new.Boot.Editor = true
	})
	h.Closure = &Closure{Packages: []Package{{"a", []string{"1"}, []string{"2"}}}, OldBytes: 1, NewBytes: 2}
	p, err := New(binding(), []Host{h})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func written(t testing.TB, p *Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	p := planned(t)
	got, err := Read(strings.NewReader(written(t, p)))
	if diff := cmp.Diff(p, got); err != nil || diff != "" {
		t.Fatal(err, diff)
	}
	if h, ok := got.Host("server"); !ok || h.New != newSystem {
		t.Errorf("got %v, %v", h, ok)
	}
}

// TestReadRefuses wants no plan from a file that was cut, edited, or names what
// must not get into a command.
func TestReadRefuses(t *testing.T) {
	text := written(t, planned(t))
	whole := func(change func(*Plan)) string {
		p := planned(t)
		change(p)
		return written(t, p)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "not one"},
		{"other JSON", "[]", "not one"},
		{"cut", text[:len(text)/2], "not one"},
		{"edited", strings.Replace(text, `"mark": "widens"`, `"mark": "neutral"`, 1), "changed"},
		{"another system", strings.Replace(text, "000b-nixos", "000c-nixos", 1), "changed"},
		{"more", text + "{}", "followed"},
		{"unknown", strings.Replace(text, `"sum"`, `"also": 1, "sum"`, 1), "not one"},
		{"version", whole(func(p *Plan) { p.Version = 2 }), "version 2"},
		{"no document", whole(func(p *Plan) { p.Document = "" }), "names no document"},
		{"host", whole(func(p *Plan) { p.Hosts[0].Name = "-oProxyCommand=x" }), "names a host"},
		{"no path", whole(func(p *Plan) { p.Hosts[0].New = "" }), "no store path"},
		{"path within", whole(func(p *Plan) { p.Hosts[0].New += "/bin" }), "no store path"},
		{"path out of the store", whole(func(p *Plan) { p.Hosts[0].Old = "/tmp/x" }), "no store path of the old"},
		{"words", whole(func(p *Plan) { p.Hosts[0].New += ";reboot" }), "no store path"},
		{"derivation", whole(func(p *Plan) { p.Hosts[0].Derivation = newSystem }), "no derivation"},
		{"twice", whole(func(p *Plan) { p.Hosts = append(p.Hosts, p.Hosts[0]) }), "twice"},
		{"mark", whole(func(p *Plan) { p.Hosts[0].Changes[0].Mark = "fine" }), "marks"},
		{"control", whole(func(p *Plan) { p.Flake = "\x1b[2J" }), "control"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.text))
			if _, ok := errors.AsType[*FileError](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	p := planned(t)
	if err := p.Check(binding()); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Binding){
		func(b *Binding) { b.Revision = "2" }, func(b *Binding) { b.Document = strings.Repeat("b", 64) },
	} {
		now := binding()
		change(&now)
		if _, ok := errors.AsType[*StaleError](p.Check(now)); !ok {
			t.Errorf("%v: not stale", now)
		}
	}
	for _, change := range []func(*Binding){
		func(b *Binding) { b.Flake = "/other" }, func(b *Binding) { b.Revision = "" },
	} {
		now := binding()
		change(&now)
		if err := p.Check(now); err != nil {
			t.Errorf("%v: %v", now, err)
		}
	}
	h := &p.Hosts[0]
	other := strings.Replace(newSystem, "system", "another", 1)
	if err := errors.Join(h.CheckRunning(oldSystem), h.CheckRunning(newSystem), h.CheckBuilt(newSystem)); err != nil {
		t.Error(err)
	}
	if h.CheckRunning(other) == nil || h.CheckBuilt(other) == nil || h.CheckBuilt(oldSystem) == nil {
		t.Error("a plan holds for a system that it does not name")
	}
}

// FuzzRead wants of every plan whose sum is right either an error or what is
// written and read again as it is.
func FuzzRead(f *testing.F) {
	p := planned(f)
	p.Hosts[0].Changes = p.Hosts[0].Changes[:1]
	text, err := json.Marshal(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"version":1,"hosts":[{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(text)) != nil {
			return
		}
		p, err := Read(strings.NewReader(`{"plan":` + text + `,"sum":"` + sumOf(compact.Bytes()) + `"}`))
		if err != nil {
			return
		}
		again, err := Read(strings.NewReader(written(t, p)))
		if diff := cmp.Diff(p, again); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// TestText wants one line for each object, nothing of what does not change, no
// control characters, and the count last.
func TestText(t *testing.T) {
	p := planned(t)
	p.Hosts[0].Changes = append(p.Hosts[0].Changes, Change{Mark: Neutral, Area: AreaSSHD, Object: "Banner", New: "a\x1b[2J\nb"})
	p.Hosts[0].Changes = append(p.Hosts[0].Changes, Change{Mark: Widens, Area: AreaNetwork, Object: "long", Old: "a", New: "b", Note: "why"})
	hosts := append(p.Hosts, Host{Name: "same", Old: oldSystem, New: oldSystem})
	var b bytes.Buffer
	if err := Write(&b, hosts, false); err != nil {
		t.Fatal(err)
	}
	want := `server
  widens   boot        editor of the boot menu  off -> on
  neutral  unit        stop                     a.service
  neutral  sshd        Banner                   + a\x1b[2J; b
  widens   network     long                     a -> b (why)
  reboot   the kernel: linux-1 -> linux-2
  packages: a 1 -> 2
  size: 0 MiB -> 0 MiB (+0.0 MiB)
4 changes on 1 of 2 hosts: 2 widening, 0 narrowing, 2 neutral; reboot: server
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if err := Write(&b, hosts[1:], false); err != nil || b.String() != "nothing changes on 1 host\n" {
		t.Errorf("got %v, %q", err, b.String())
	}
}
