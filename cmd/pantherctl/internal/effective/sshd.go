package effective

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// sshd compares what sshd makes of the host's text with what it makes of the
// settings alone and of what the policy adds to them. A setting that has another
// value is found elsewhere: here is found what takes its place.
func (p *Programs) sshd(ctx context.Context, h *policy.Host, f *facts.Host) []check.Finding {
	wanted := settingsAlone(f)
	var found []check.Finding
	seen := map[string]bool{}
	all := connections(h, f.SSHD.Config)
	for _, c := range all[:min(len(all), maxConnections)] {
		want, err := p.effective(ctx, wanted, c)
		if err != nil { // an sshd older than the host's, or none
			return []check.Finding{unasked("A4", h, "ssh.enable", "sshd", err)}
		}
		got, err := p.effective(ctx, f.SSHD.Config, c)
		if err != nil {
			return []check.Finding{finding("V6", h, "ssh.enable", "the host cannot be built: sshd refuses its settings: "+words(err), "mend the text that other modules add")}
		}
		for _, keyword := range slices.Sorted(maps.Keys(got)) {
			if !slices.Equal(want[keyword], got[keyword]) && !slices.Contains(ofNixOS, keyword) && !seen[keyword] {
				seen[keyword] = true
				found = append(found, otherwise(h, f, c, keyword, strings.Join(want[keyword], " "), strings.Join(got[keyword], " ")))
			}
		}
	}
	if more := len(all) - maxConnections; more > 0 {
		found = append(found, unasked("A4", h, "ssh.enable", "sshd", fmt.Errorf("%d of %d pairs of user and address are too many", more, len(all))))
	}
	if group := foreignGroup(wanted, f.SSHD.Config); group != "" {
		found = append(found, unasked("A4", h, "ssh.enable", "sshd", fmt.Errorf("who is in the group of %q is not known here", group)))
	}
	return found
}

// effective returns the values that sshd uses for a connection, by keyword in
// lower case, in which OpenSSH prints them until 10.0. Keywords that may be there
// several times have several.
func (p *Programs) effective(ctx context.Context, config string, c connection) (map[string][]string, error) {
	out, err := p.ask(ctx, config, "sshd", "-G", "-T", "-f", "/dev/stdin", "-C", fmt.Sprintf("user=%s,host=%s,addr=%s", c.user, c.address, c.address))
	if err != nil {
		return nil, err
	}
	values := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		keyword, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		keyword = strings.ToLower(keyword)
		values[keyword] = append(values[keyword], value)
	}
	return values, nil
}

// ofNixOS are keywords that NixOS writes beside the settings.
var ofNixOS = []string{"addressfamily", "banner", "hostcertificate", "hostkey", "listenaddress", "pidfile", "port", "subsystem", "xauthlocation"}

// otherwise reports a keyword that some connection gets another value of, by
// what then happens.
func otherwise(h *policy.Host, f *facts.Host, c connection, keyword, want, got string) check.Finding {
	id := "V1"
	switch keyword {
	case "chrootdirectory", "hostkeyalgorithms":
		id = "A4"
	case "allowusers", "allowgroups", "denyusers", "denygroups":
		id = "L1"
	case "authorizedkeysfile":
		id = "L8"
	case "usepam":
		id = "L9"
	case "authenticationmethods":
		id = "L11"
	case "forcecommand":
		id = "L17"
	}
	found := finding(id, h, "ssh.enable", fmt.Sprintf("%s from %s gets %s %s of sshd, and the policy wants %s", c.user, c.address, keyword, orNothing(got), orNothing(want)),
		"remove the text that comes before or after the settings, or say it in the document")
	found.Want, found.Got = want, got
	for _, o := range f.Options {
		if !slices.Equal(o.Path, []string{"services", "openssh", "extraConfig"}) {
			continue
		}
		for _, d := range o.Definitions {
			text, _ := o.ValueOf(d).(string)
			if strings.Contains(strings.ToLower(text), keyword) {
				found.File, found.Priority = d.File, d.Priority
			}
		}
	}
	return found
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

// settingsAlone is the text of sshd without what modules add by hand, but for
// what the policy itself adds.
func settingsAlone(f *facts.Host) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.SSHD.Settings)) {
		fmt.Fprintf(&b, "%s %s\n", name, spelled(name, f.SSHD.Settings[name]))
	}
	fmt.Fprintf(&b, "AuthorizedKeysFile %s\n", strings.Join(f.SSHD.AuthorizedKeysFiles, " "))
	for _, o := range f.Options {
		if want, ok := o.Want.(string); ok && slices.Equal(o.Path, []string{"services", "openssh", "extraConfig"}) {
			b.WriteString(want + "\n")
		}
	}
	return b.String()
}

// spelled writes a setting as NixOS does: sshd_config(5).
func spelled(name string, value any) string {
	commas := []string{"Ciphers", "HostKeyAlgorithms", "KexAlgorithms", "Macs", "PubkeyAcceptedAlgorithms"}
	switch value := value.(type) {
	case bool:
		if value {
			return "yes"
		}
		return "no"
	case []any:
		words := make([]string, len(value))
		for i, word := range value {
			words[i] = fmt.Sprint(word)
		}
		if slices.Contains(commas, name) {
			return strings.Join(words, ",")
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprint(value)
}

// A connection is somebody who asks to be let in.
type connection struct{ user, address string }

// anywhere is an address of the internet, kept for documentation: RFC 5737.
const anywhere = "192.0.2.1"

// connections are root's from anywhere and, where the text makes differences,
// those of every account and of whom it names, from where it names.
func connections(h *policy.Host, config string) []connection {
	users, addresses := []string{"root"}, []string{anywhere}
	matches := matchLines(config)
	if len(matches) > 0 {
		for _, a := range h.Accounts {
			users = append(users, a.Name)
		}
	}
	for _, words := range matches {
		for i := 0; i+1 < len(words); i += 2 {
			for value := range strings.SplitSeq(words[i+1], ",") {
				switch strings.ToLower(words[i]) {
				case "user":
					if !strings.ContainsAny(value, "*?!") {
						users = append(users, value)
					}
				case "address":
					at, _, _ := strings.Cut(value, "/")
					if a, err := netip.ParseAddr(at); err == nil {
						addresses = append(addresses, a.String())
					}
				}
			}
		}
	}
	var all []connection
	for _, user := range users {
		for _, address := range addresses {
			if c := (connection{user, address}); !slices.Contains(all, c) && !strings.ContainsAny(user, ", =") {
				all = append(all, c)
			}
		}
	}
	return all
}

// maxConnections bounds what is asked of one host.
const maxConnections = 64

// matchLines returns the criteria of every Match line, as words.
func matchLines(config string) [][]string {
	var all [][]string
	for line := range strings.Lines(config) {
		if words := strings.Fields(line); len(words) > 1 && strings.EqualFold(words[0], "Match") {
			all = append(all, words[1:])
		}
	}
	return all
}

// foreignGroup returns a Match by group that the policy does not ask for: sshd
// asks this machine who is in a group, which the host's own knows.
func foreignGroup(wanted, config string) string {
	known := matchLines(wanted)
	for _, words := range matchLines(config) {
		ours := slices.ContainsFunc(known, func(k []string) bool { return slices.Equal(k, words) })
		if !ours && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, "Group") }) {
			return strings.Join(words, " ")
		}
	}
	return ""
}
