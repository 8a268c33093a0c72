package schema

import (
	"fmt"

	"github.com/pantherctl/pantherctl/schema/suggest"
)

func didYouMean(name string, known []string) string {
	if n := suggest.Nearest(name, known); n != "" {
		return fmt.Sprintf("did you mean %s?", quote(n))
	}
	return ""
}
