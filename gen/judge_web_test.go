package gen_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Neither Traefik nor Authelia is at hand, so these are the keys of theirs that
// generated text uses, with the types of their values; a star stands for any
// name. They are those of doc.traefik.io, Reference, of version 3, and of
// authelia.com, Configuration, of version 4.38. What a value means to the
// program is not judged.

func traefikStaticKeys() map[string]string {
	return map[string]string{
		"global.checkNewVersion":                             "bool",
		"global.sendAnonymousUsage":                          "bool",
		"entryPoints.*.address":                              "string",
		"entryPoints.*.http.redirections.entryPoint.to":      "string",
		"entryPoints.*.http.redirections.entryPoint.scheme":  "string",
		"entryPoints.*.http.tls.certResolver":                "string",
		"certificatesResolvers.*.acme.email":                 "string",
		"certificatesResolvers.*.acme.storage":               "string",
		"certificatesResolvers.*.acme.dnsChallenge.provider": "string",
	}
}

func traefikDynamicKeys() map[string]string {
	return map[string]string{
		"tls.options.*.minVersion":                             "string",
		"tls.options.*.sniStrict":                              "bool",
		"http.routers.*.rule":                                  "string",
		"http.routers.*.entryPoints[]":                         "string",
		"http.routers.*.middlewares[]":                         "string",
		"http.routers.*.service":                               "string",
		"http.services.*.loadBalancer.servers[].url":           "string",
		"http.middlewares.*.headers.stsSeconds":                "number",
		"http.middlewares.*.headers.customRequestHeaders.*":    "string",
		"http.middlewares.*.forwardAuth.address":               "string",
		"http.middlewares.*.forwardAuth.trustForwardHeader":    "bool",
		"http.middlewares.*.forwardAuth.authResponseHeaders[]": "string",
	}
}

func autheliaKeys() map[string]string {
	return map[string]string{
		"theme":                            "string",
		"default_2fa_method":               "string",
		"log.level":                        "string",
		"log.format":                       "string",
		"log.keep_stdout":                  "bool",
		"log.file_path":                    "null",
		"server.address":                   "string",
		"telemetry.metrics.enabled":        "bool",
		"telemetry.metrics.address":        "string",
		"authentication_backend.file.path": "string",
		"authentication_backend.password_reset.disable": "bool",
		"access_control.default_policy":                 "string",
		"access_control.rules[].domain[]":               "string",
		"access_control.rules[].policy":                 "string",
		"session.cookies[].domain":                      "string",
		"session.cookies[].authelia_url":                "string",
		"storage.local.path":                            "string",
		"notifier.filesystem.filename":                  "string",
	}
}

// unknownKeys returns the paths of a configuration that a program does not
// know, or whose values have another type.
func unknownKeys(config any, known map[string]string) []string {
	var unknown []string
	var walk func(value any, path []string)
	walk = func(value any, path []string) {
		kind := fmt.Sprintf("%T", value)
		switch v := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name], append(slices.Clone(path), name))
			}
			return
		case []any:
			for _, element := range v {
				last := len(path) - 1
				walk(element, append(slices.Clone(path[:last]), path[last]+"[]"))
			}
			return
		case nil:
			kind = "null"
		}
		kind = strings.TrimPrefix(kind, "json.")
		if kind == "Number" {
			kind = "number"
		}
		for pattern, want := range known {
			if want == kind && slices.EqualFunc(strings.Split(pattern, "."), path, func(p, name string) bool { return p == "*" || p == name }) {
				return
			}
		}
		unknown = append(unknown, fmt.Sprintf("%s (%s)", strings.Join(path, " "), kind))
	}
	walk(config, nil)
	return unknown
}

// TestTraefik wants each host's configuration to hold nothing but keys that
// Traefik knows, and every name in it to lead somewhere.
func TestTraefik(t *testing.T) {
	judged := 0
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if f.Traefik.Static == nil {
				continue
			}
			judged++
			if u := append(unknownKeys(f.Traefik.Static, traefikStaticKeys()), unknownKeys(f.Traefik.Dynamic, traefikDynamicKeys())...); len(u) > 0 {
				t.Errorf("%s/%s: Traefik does not know %v", e.name, name, u)
			}
			at := func(from map[string]any, path ...string) map[string]any {
				for _, p := range path {
					from, _ = from[p].(map[string]any)
				}
				return from
			}
			dynamic, static := f.Traefik.Dynamic, f.Traefik.Static
			routers := at(dynamic, "http", "routers")
			for site := range routers {
				router := at(routers, site)
				for kind, names := range map[string]any{"middlewares": router["middlewares"], "services": []any{router["service"]}} {
					for _, n := range names.([]any) {
						if at(dynamic, "http", kind, n.(string)) == nil {
							t.Errorf("%s/%s: %s names one of the %s that is none: %s", e.name, name, site, kind, n)
						}
					}
				}
				for _, n := range router["entryPoints"].([]any) {
					entry := at(static, "entryPoints", n.(string))
					resolver, _ := at(entry, "http", "tls")["certResolver"].(string)
					if at(static, "certificatesResolvers", resolver) == nil {
						t.Errorf("%s/%s: %s comes in without TLS", e.name, name, site)
					}
				}
			}
			if len(routers) == 0 {
				t.Errorf("%s/%s has no site", e.name, name)
			}
		}
	}
	if judged == 0 {
		t.Error("no host has Traefik")
	}
	wrong := map[string]any{"entryPoint": map[string]any{"web": map[string]any{"address": ":80"}}, "global": map[string]any{"checkNewVersion": "no"}}
	if u := unknownKeys(wrong, traefikStaticKeys()); len(u) != 2 {
		t.Errorf("of two mistakes, found %v", u)
	}
}

// TestAuthelia wants each host's configuration to hold nothing but keys that
// Authelia knows, and to let in nobody that no rule names.
func TestAuthelia(t *testing.T) {
	judged := 0
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			for _, instance := range f.Authelia {
				judged++
				if u := unknownKeys(instance.Settings, autheliaKeys()); len(u) > 0 {
					t.Errorf("%s/%s: Authelia does not know %v", e.name, name, u)
				}
				control, _ := instance.Settings["access_control"].(map[string]any)
				if control["default_policy"] != "deny" {
					t.Errorf("%s/%s: who is not named comes in by %v", e.name, name, control["default_policy"])
				}
			}
		}
	}
	if judged == 0 {
		t.Error("no host has Authelia")
	}
	if u := unknownKeys(map[string]any{"access_control": map[string]any{"default": "deny"}}, autheliaKeys()); len(u) != 1 {
		t.Errorf("a key of no meaning passes: %v", u)
	}
}
