package chart

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
)

// WriteSurface writes what a host exposes, as text or JSON.
func WriteSurface(w io.Writer, format Format, host string, list []reach.Exposure, unknown string) error {
	if format == JSON {
		return surfaceJSON(w, host, list, unknown)
	}
	b := bufio.NewWriter(w)
	if unknown != "" {
		fmt.Fprintf(b, "not known: %s\n", unknown)
	}
	last := ""
	for _, e := range list {
		if head := place(e); head != last {
			last = head
			fmt.Fprintln(b, head)
		}
		name := e.What
		if e.Ports != e.What {
			name += " (" + e.Ports + ")"
		}
		fmt.Fprintf(b, "  %s: %s\n", name, audience(e))
		if why := because(e); why != "" {
			fmt.Fprintf(b, "    %s\n", why)
		}
	}
	return b.Flush()
}

// place says where something is exposed: side, interfaces, addresses.
func place(e reach.Exposure) string {
	if e.Side == "" {
		return "every interface"
	}
	if e.Interfaces == nil {
		return string(e.Side)
	}
	text := fmt.Sprintf("%s, %s", e.Side, strings.Join(e.Interfaces, ", "))
	for i, a := range e.Addresses {
		text += map[bool]string{true: " at ", false: ", "}[i == 0] + a.String()
	}
	return text
}

func audience(e reach.Exposure) string {
	if len(e.Who) == 0 {
		return "the firewall lets it in, and nobody is granted it"
	}
	return short(e.Who, mostNamed)
}

// because says why something is exposed.
func because(e reach.Exposure) string {
	var parts []string
	if e.Note != "" {
		parts = append(parts, e.Note)
	}
	if e.Limit != nil {
		parts = append(parts, fmt.Sprintf("at most %s per source", e.Limit.Rate))
	}
	text := strings.Join(parts, ", ")
	switch {
	case e.From.IsSet() && text == "":
		return e.From.String()
	case e.From.IsSet():
		return e.From.String() + ": " + text
	}
	return text
}

func surfaceJSON(w io.Writer, host string, list []reach.Exposure, unknown string) error {
	type exposure struct {
		Side       string   `json:"side,omitempty"`
		Interfaces []string `json:"interfaces,omitempty"`
		Addresses  []string `json:"addresses,omitempty"`
		What       string   `json:"what"`
		Ports      string   `json:"ports"`
		Who        []string `json:"who"`
		Limit      string   `json:"limit,omitempty"` // new connections per source
		Note       string   `json:"note,omitempty"`
		From       string   `json:"from,omitempty"` // file:line:column, or the level
	}
	out := struct {
		Host    string     `json:"host"`
		Unknown string     `json:"unknown,omitempty"`
		Surface []exposure `json:"surface"`
	}{host, unknown, []exposure{}}
	for _, e := range list {
		x := exposure{Side: string(e.Side), Interfaces: e.Interfaces, What: e.What, Ports: e.Ports, Who: append([]string{}, e.Who...), Note: e.Note, From: e.From.String()}
		for _, a := range e.Addresses {
			x.Addresses = append(x.Addresses, a.String())
		}
		if e.Limit != nil {
			x.Limit = e.Limit.Rate.String()
		}
		out.Surface = append(out.Surface, x)
	}
	return encode(w, out)
}
