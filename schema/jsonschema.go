package schema

import (
	"encoding/json"
	"reflect"
	"strings"
)

// shape is a piece of JSON Schema.
type shape map[string]any

// shapes collects the definitions of sections while their fields are read.
type shapes struct{ defs shape }

// JSONSchema returns the JSON Schema (draft 2020-12) of a document, from the
// same tables that the decoder reads.
func JSONSchema() ([]byte, error) {
	s := &shapes{defs: shape{}}
	root := s.of(reflect.TypeFor[Fleet]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "pantherctl fleet document"
	root["$defs"] = s.defs
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

// of returns the shape of a type; sections become definitions of their own.
func (s *shapes) of(t reflect.Type) shape {
	switch v := reflect.New(t).Interface().(type) {
	case node:
		return v.shape(s)
	case scalar:
		return v.shape(s)
	case enum:
		return shape{"enum": v.words()}
	case *bool:
		return shape{"type": "boolean"}
	}
	name := strings.ToLower(t.Name())
	if _, ok := s.defs[name]; !ok {
		s.defs[name] = nil // a section that holds itself ends here
		s.defs[name] = s.section(t)
	}
	return shape{"$ref": "#/$defs/" + name}
}

func (s *shapes) section(t reflect.Type) shape {
	properties, required := shape{}, []string{}
	object := shape{"type": "object", "additionalProperties": false, "properties": properties}
	result := object
	for _, f := range fieldsOf(t) {
		p := s.of(t.FieldByIndex(f.index).Type)
		if f.short { // for anything but a mapping
			result = shape{"anyOf": []any{object, shape{"not": shape{"type": "object"}, "allOf": []any{p}}}}
		}
		properties[f.key] = described(p, f.doc)
		if f.required {
			required = append(required, f.key)
		}
	}
	if len(required) > 0 {
		object["required"] = required
	}
	return result
}

func described(p shape, doc string) shape {
	d := shape{"description": doc}
	for k, v := range p {
		d[k] = v
	}
	return d
}
