package facts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func fleetText(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../testdata/fleets", name, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestExampleFleets reads the facts that NixOS gave, and wants a field for
// every one of them.
func TestExampleFleets(t *testing.T) {
	for _, name := range []string{"pantheros", "homelab"} {
		t.Run(name, func(t *testing.T) {
			text := fleetText(t, name)
			if _, err := DecodeFleet(text); err != nil {
				t.Fatal(err)
			}
			var hosts map[string]any
			if err := json.Unmarshal(text, &hosts); err != nil {
				t.Fatal(err)
			}
			for host, value := range hosts {
				for _, path := range unread(host, value, reflect.TypeFor[Host]()) {
					t.Errorf("%s: no field takes this fact", path)
				}
			}
		})
	}
}

// unread returns the paths of JSON values that no field of a type takes.
func unread(path string, value any, typ reflect.Type) []string {
	var paths []string
	switch typ.Kind() {
	case reflect.Pointer:
		return unread(path, value, typ.Elem())
	case reflect.Map:
		set, _ := value.(map[string]any)
		for name, value := range set {
			paths = append(paths, unread(path+"."+name, value, typ.Elem())...)
		}
	case reflect.Slice:
		list, _ := value.([]any)
		for _, value := range list {
			paths = append(paths, unread(path+"[]", value, typ.Elem())...)
		}
	case reflect.Struct:
		set, _ := value.(map[string]any)
		for name, value := range set {
			field, ok := typ.FieldByNameFunc(func(f string) bool { return strings.EqualFold(f, name) })
			if !ok {
				paths = append(paths, path+"."+name)
				continue
			}
			paths = append(paths, unread(path+"."+name, value, field.Type)...)
		}
	}
	return paths
}

func TestShape(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"string for a number", `"ports": [
        22
      ]`, `"ports": [22, "x"]`, "sshd.ports[1] is a string, and should be an integer"},
		{"number for a string", `"hostName": "nixos"`, `"hostName": 7`, "hostName is the number 7, and should be a string"},
		{"fraction", `"port": 41641`, `"port": 1.5`, "tailscale.port is the number 1.5, and should be an integer"},
		{"list for a set", `"persistence": {}`, `"persistence": []`, "persistence is a list, and should be a set"},
		{"null for a bool", `"mutableUsers": false`, `"mutableUsers": null`, "users.mutableUsers is null, and should be true or false"},
		{"missing", `"mutableUsers": false`, `"mutable": false`, "users.mutableUsers is missing"},
		{"inside a map", `"family": "inet"`, `"family": true`, `is true, and should be a string`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var hosts map[string]json.RawMessage
			if err := json.Unmarshal(fleetText(t, "pantheros"), &hosts); err != nil {
				t.Fatal(err)
			}
			text := string(hosts["ovh-vps"])
			broken := strings.Replace(text, tt.old, tt.new, 1)
			if broken == text {
				t.Fatalf("the facts do not hold %s", tt.old)
			}
			_, err := Decode([]byte(broken))
			if _, ok := errors.AsType[*ShapeError](err); !ok || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestNoFacts(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "{}", "{", "{} {}", `"x"`} {
		if _, err := Decode([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	if _, err := DecodeFleet([]byte(`{"a": {}}`)); err == nil || !strings.Contains(err.Error(), "the facts of a: ") {
		t.Errorf("got %v, want the name of the host", err)
	}
}

func TestSpelling(t *testing.T) {
	for field, want := range map[string]string{
		"SSHD": "sshd", "HostName": "hostName", "NHClean": "nhClean", "PKIBundle": "pkiBundle", "FSType": "fsType",
		"EnableIPv6": "enableIPv6", "UID": "uid", "Nftables": "nftables",
	} {
		if got := spelling(field); got != want {
			t.Errorf("%s is spelt %s, want %s", field, got, want)
		}
	}
}

// TestEach wants hosts told apart whatever their texts hold, and a file that is
// none, or cut off, told as such.
func TestEach(t *testing.T) {
	for _, tt := range []struct{ text, want, err string }{
		{"{}", "", ""},
		{" \n{ }\n", "", ""},
		{`{"a": {"x": "}\",\\"}, "b\u0041": [{}, "]"] , "c": 7}`, `a={"x": "}\",\\"} bA=[{}, "]"] c=7 `, ""},
		{`{"a": nonsense, "b": {}}`, "a=nonsense b={} ", ""}, // which Decode tells, for that host
		{"", "", "no JSON object of hosts"},
		{"[]", "", "no JSON object of hosts"},
		{`{"a", "b"}`, "", "no JSON object of hosts"},
		{`{a: {}}`, "", "no JSON object of hosts"},
		{`{"a": {}`, "", "cut off"},
		{`{"a": {"b": "}`, "", "cut off"},
		{`{"a": {}, `, "a={} ", "cut off"},
	} {
		var got strings.Builder
		err := Each(strings.NewReader(tt.text), func(host string, text []byte) {
			fmt.Fprintf(&got, "%s=%s ", host, bytes.TrimSpace(text))
		})
		if got.String() != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: got %q, %v", tt.text, got.String(), err)
		}
	}
}

// TestFile wants hosts found wherever they lie, and the first of two alike.
func TestFile(t *testing.T) {
	text := bytes.TrimSpace(fleetText(t, "pantheros"))
	want, err := DecodeFleet(text)
	if err != nil {
		t.Fatal(err)
	}
	twice := " \n" + string(bytes.TrimSuffix(text, []byte("}"))) + ` , "ovh-vps": {} }`
	f, err := Open(strings.NewReader(twice))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range slices.Backward(slices.Sorted(maps.Keys(want))) {
		got, err := f.Host(host)
		if err != nil || !f.Has(host) {
			t.Fatalf("%s: %v", host, err)
		}
		if diff := cmp.Diff(want[host], got); diff != "" {
			t.Errorf("%s: %s", host, diff)
		}
	}
	if f.Has("nobody") {
		t.Error("a host that is not there is found")
	}
	if _, err := Open(strings.NewReader(`{"a": {}`)); err == nil {
		t.Error("a file that is cut off is opened")
	}
}
