package live

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// ruleText writes a rule of nft -j for people, nearly as nft does. What it does
// not know it leaves as it is.
func ruleText(expr string) string {
	var list []any
	if err := json.Unmarshal([]byte(expr), &list); err != nil {
		return brief(expr)
	}
	words := make([]string, len(list))
	for i, e := range list {
		words[i] = statement(e)
	}
	return brief(strings.Join(words, " "))
}

func statement(v any) string {
	set, ok := v.(map[string]any)
	if !ok || len(set) != 1 {
		return text1(v)
	}
	for name, value := range set {
		inner, _ := value.(map[string]any)
		switch name {
		case "match":
			op := fmt.Sprint(inner["op"])
			if op == "==" || op == "in" {
				return operand(inner["left"]) + " " + operand(inner["right"])
			}
			return operand(inner["left"]) + " " + op + " " + operand(inner["right"])
		case "accept", "drop", "return", "continue", "counter", "masquerade", "notrack", "log", "reject":
			return name
		case "jump", "goto":
			return name + " " + fmt.Sprint(inner["target"])
		case "limit":
			return fmt.Sprintf("limit rate %v/%v", inner["rate"], inner["per"])
		}
	}
	return text1(v)
}

func operand(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		words := make([]string, len(v))
		for i := range v {
			words[i] = operand(v[i])
		}
		return "{ " + strings.Join(words, ", ") + " }"
	case map[string]any:
		for name, value := range v {
			inner, _ := value.(map[string]any)
			switch {
			case len(v) != 1:
			case name == "payload" && inner["field"] != nil:
				return fmt.Sprintf("%v %v", inner["protocol"], inner["field"])
			case name == "meta" || name == "ct":
				return strings.TrimPrefix(name+" "+fmt.Sprint(inner["key"]), "meta ")
			case name == "prefix":
				return fmt.Sprintf("%v/%v", inner["addr"], inner["len"])
			case name == "range":
				if ends, ok := value.([]any); ok && len(ends) == 2 {
					return operand(ends[0]) + "-" + operand(ends[1])
				}
			case name == "set":
				return operand(value)
			}
		}
	case float64:
		return fmt.Sprint(v)
	}
	return text1(v)
}

// attributes writes what a chain or set is, without its name and place.
func attributes(text string) string {
	var attrs map[string]any
	if err := json.Unmarshal([]byte(text), &attrs); err != nil {
		return brief(text)
	}
	var words []string
	for _, key := range sortedKeys(attrs) {
		if !slices.Contains([]string{"name", "table", "family"}, key) {
			words = append(words, key+" "+operand(attrs[key]))
		}
	}
	if words == nil {
		return "plain"
	}
	return brief(strings.Join(words, ", "))
}
