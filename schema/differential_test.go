package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/pantherctl/pantherctl/schema"
)

// compiled returns the JSON Schema as its reference implementation reads it.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := schema.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("fleet.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("fleet.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDecoderAgreesWithJSONSchema(t *testing.T) {
	s := compiled(t)
	for _, d := range documents(t) {
		t.Run(d.name, func(t *testing.T) {
			_, problems := d.load()
			if d.kind == "syntax" {
				if len(problems) == 0 {
					t.Fatal("no problems")
				}
				return
			}
			value, err := jsonValue(d.src)
			if err != nil {
				t.Fatalf("not one document: %v", err)
			}
			invalid := s.Validate(value)
			switch d.kind {
			case "semantic":
				if invalid != nil || len(problems) == 0 {
					t.Errorf("expected the decoder alone to object (%d problems), the schema: %v", len(problems), invalid)
				}
			case "shape":
				if (invalid != nil) != (len(problems) > 0) {
					t.Fatalf("decoder:\n%s\nschema: %v", format(problems), invalid)
				}
				places := schemaPlaces(invalid)
				for _, p := range problems {
					if !slices.ContainsFunc(places, func(at string) bool {
						return at == p.Path || strings.HasPrefix(at, "*") && strings.HasSuffix(p.Path, at[1:])
					}) {
						t.Errorf("the schema has no objection at %q, only at %q; decoder: %s", p.Path, places, p)
					}
				}
			default:
				t.Errorf("first line: %q is no kind", d.kind)
			}
		})
	}
}

func TestFleetsSuitJSONSchema(t *testing.T) {
	s := compiled(t)
	files, err := filepath.Glob("../testdata/fleets/*/security.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fleets: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := schema.Load(file, src, os.ReadFile)
			if len(problems) > 0 {
				t.Errorf("decoder:\n%s", format(problems))
			}
			value, err := jsonValue(src)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(value); err != nil {
				t.Errorf("schema: %v", err)
			}
		})
	}
}

// schemaPlaces returns the paths, as diagnostics spell them, that a validation
// objects to.
func schemaPlaces(err error) []string {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return nil
	}
	at := ""
	places := []string{}
	for _, token := range v.InstanceLocation {
		places = []string{below(at, token)}
		if token == "append" {
			continue // no part of a path, unless it is an unknown key
		}
		at = places[0]
	}
	places = append(places, at)
	switch k := v.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			places = append(places, below(at, key))
		}
	case *kind.PropertyNames:
		// The validator mixes up where the object is (v6.0.3): any will do.
		places = append(places, "*"+below("", k.Property))
	}
	for _, cause := range v.Causes {
		places = append(places, schemaPlaces(cause)...)
	}
	return places
}

// below appends a step of a JSON pointer to a path.
func below(at, token string) string {
	if _, err := strconv.Atoi(token); err == nil {
		return at + "[" + token + "]"
	}
	return schema.Join(at, token)
}

// jsonValue returns the JSON that an editor makes of a YAML document, and an
// error if there is none.
func jsonValue(src []byte) (any, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	if decoder.Decode(&next) == nil {
		return nil, errors.New("a second document")
	}
	if doc.Content[0].ShortTag() == "!!null" {
		return nil, errors.New("an empty document")
	}
	return nodeValue(doc.Content[0], 0)
}

func nodeValue(n *yaml.Node, depth int) (any, error) {
	if depth > 100 {
		return nil, errors.New("nests without end")
	}
	switch n.Kind {
	case yaml.AliasNode:
		return nodeValue(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := nodeValue(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			v, err := nodeValue(value, depth+1)
			if err != nil {
				return nil, err
			}
			if _, ok := object[key.Value]; !ok {
				object[key.Value] = v
			}
		}
		return object, nil
	}
	return scalarValue(n)
}

func scalarValue(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err != nil {
			return n.Value, nil // !!bool of something else
		}
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return json.Number(fmt.Sprint(v)), nil
	}
	return n.Value, nil
}
