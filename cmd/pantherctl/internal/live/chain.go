package live

import (
	"fmt"
	"strings"
)

// Link is whether one step from the document to the running host was taken.
type Link string

// The states of a link.
const (
	Holds   Link = "→"
	Broken  Link = "✗"
	Unknown Link = "?"
)

// A Chain is the way from the document to what runs.
type Chain struct {
	Links  [5]Link // between the six of Steps
	Reason string  // why the first broken link is, "" if none is
}

// Steps are what a change passes through.
func Steps() [6]string {
	return [6]string{"document", "generated", "evaluated", "profile", "current", "booted"}
}

// String writes the chain on one line.
func (c Chain) String() string {
	steps := Steps()
	var b strings.Builder
	b.WriteString(steps[0])
	for i, link := range c.Links {
		if link == "" {
			link = Unknown
		}
		fmt.Fprintf(&b, " %s %s", link, steps[i+1])
	}
	if c.Reason != "" {
		b.WriteString(": " + c.Reason)
	}
	return b.String()
}

// chain follows the links: Q10 where one is broken, Q11 where a restart is
// missing, Q15 where it would change nothing.
func (c *comparison) chain() Chain {
	chain := Chain{Links: [5]Link{c.Generated, c.Evaluated, Unknown, Unknown, Unknown}}
	broken := func(link int, id, why, way string) {
		chain.Links[link] = Broken
		if chain.Reason == "" {
			chain.Reason = why
		}
		c.report(id, "", why, way)
	}
	if c.Generated == Broken {
		broken(0, "Q10", "the generated folder is not what the document makes", "pantherctl generate")
	}
	if c.Evaluated == Broken {
		broken(1, "Q10", "the evaluated configuration is not what was generated", "pantherctl check "+c.Host.Name+" says what differs, and which file says so")
	}
	text, ok := c.answer.of("links")
	paths := strings.Split(strings.TrimSpace(text), "\n")
	if !ok || len(paths) != 9 {
		return chain
	}
	profile, current, booted := paths[0], paths[1], paths[2]
	chain.Links[2], chain.Links[3], chain.Links[4] = Unknown, Holds, Holds
	if c.Toplevel != "" {
		chain.Links[2] = Holds
		if profile != c.Toplevel {
			broken(2, "Q10", fmt.Sprintf("the profile is %s, and the configuration makes %s", base(profile), base(c.Toplevel)), "deploy the host")
		}
	}
	if profile != current {
		broken(3, "Q10", fmt.Sprintf("the host runs %s, and at the next boot %s", base(current), base(profile)), "deploy the host, or make what runs the default: switch-to-configuration boot")
	}
	switch {
	case current == booted:
	case paths[3] != paths[4] || paths[5] != paths[6] || paths[7] != paths[8]:
		broken(4, "Q11", "the host was started with another kernel, initrd or modules than it has now", "restart the host")
	default:
		broken(4, "Q15", fmt.Sprintf("the host was started as %s, and runs %s since: kernel, initrd and modules are the same", base(booted), base(current)), "nothing needs to be done; a restart ends the difference")
	}
	return chain
}

// base is the name of a store path with the beginning of its hash.
func base(path string) string {
	name := strings.TrimPrefix(path, "/nix/store/")
	if len(name) > 33 && name[32] == '-' {
		name = name[:8] + name[32:]
	}
	return brief(name)
}
