package schema_test

import (
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/pantherctl/pantherctl/schema"
)

// TestMutationsAgreeWithJSONSchema changes the document that holds every key,
// and asks decoder and JSON Schema whether the result has the right shape.
func TestMutationsAgreeWithJSONSchema(t *testing.T) {
	s := compiled(t)
	var original []byte
	for _, d := range documents(t) {
		if d.name == "everything" {
			original = d.src
		}
	}
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		var doc yaml.Node
		if err := yaml.Unmarshal(original, &doc); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "mutations") {
			mutate(t, doc.Content[0])
		}
		src, err := yaml.Marshal(&doc)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonValue(src)
		if err != nil {
			t.Fatal(err)
		}
		problems, invalid := schema.Decode(src), s.Validate(value)
		if (invalid != nil) != (len(problems) > 0) {
			t.Fatalf("decoder:\n%s\nschema: %v\n%s", format(problems), invalid, src)
		}
		if invalid != nil {
			refused++
		}
	})
	if refused < 20 {
		t.Errorf("only %d mutations did harm", refused)
	}
}

// mutate drops, renames, retypes or replaces one node below root.
func mutate(t *rapid.T, root *yaml.Node) {
	all := collections(root)
	parent := rapid.SampledFrom(all).Draw(t, "in")
	if len(parent.Content) == 0 {
		return
	}
	width := 1
	if parent.Kind == yaml.MappingNode {
		width = 2
	}
	at := width * rapid.IntRange(0, len(parent.Content)/width-1).Draw(t, "at")
	value := &parent.Content[at+width-1]
	switch rapid.SampledFrom([]string{"drop", "rename", "retype", "replace", "wrap", "append"}).Draw(t, "mutation") {
	case "drop":
		parent.Content = slices.Delete(parent.Content, at, at+width)
	case "rename":
		key := rapid.SampledFrom([]string{
			"x", "X", "a b", "append", "mode", "ports", "level", "hosts", "yoga-2", "net.ipv4.x", "/var/x", "eth7", "",
		}).Draw(t, "key")
		same := func(n *yaml.Node) bool { return n.Value == key } // JSON has no duplicate keys
		if width == 2 && !slices.ContainsFunc(parent.Content, same) {
			parent.Content[at] = text(key)
		}
	case "retype":
		*value = rapid.SampledFrom([]func() *yaml.Node{
			func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"} },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"} },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "0"} },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "70000"} },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "-3"} },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: "1.5"} },
			func() *yaml.Node { return text("x") },
			func() *yaml.Node { return text("two words\nand a line") },
			func() *yaml.Node { return text("") },
			func() *yaml.Node { return text("/a/../b") },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.SequenceNode} },
			func() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} },
		}).Draw(t, "value")()
	case "replace":
		other := rapid.SampledFrom(all).Draw(t, "from")
		if len(other.Content) > 0 {
			*value = clone(rapid.SampledFrom(other.Content).Draw(t, "node"))
		}
	case "wrap":
		*value = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{*value}}
	case "append":
		*value = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text("append"), *value}}
	}
}

// collections returns the lists and mappings of a tree. Dates become texts, as
// they are to JSON, and keys stay out: JSON has but texts there.
func collections(n *yaml.Node) []*yaml.Node {
	if n.ShortTag() == "!!timestamp" {
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
	}
	if n.Kind == yaml.ScalarNode {
		return nil
	}
	all := []*yaml.Node{n}
	for _, c := range n.Content {
		all = append(all, collections(c)...)
	}
	return all
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
}

func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, clone(child))
	}
	return &c
}
