package plan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// sshdKeyword is what a setting of sshd means: sshd_config(5).
type sshdKeyword struct {
	judge scale
	lists bool // further lines add to the first; of others the first line counts
}

// sshdKeywords are the settings that let people do more or less, with
// OpenSSH's own values for those that are not there.
func sshdKeywords() map[string]sshdKeyword {
	yes, no := ranked("yes", "no", "yes"), ranked("no", "no", "yes")
	algorithms := accepted(",")
	keywords := map[string]sshdKeyword{}
	for name, judge := range map[string]scale{
		"permitrootlogin":              ranked("prohibit-password", "no", "forced-commands-only", "prohibit-password|without-password", "yes"),
		"passwordauthentication":       yes,
		"kbdinteractiveauthentication": yes,
		"pubkeyauthentication":         yes,
		"hostbasedauthentication":      no,
		"gssapiauthentication":         no,
		"kerberosauthentication":       no,
		"permitemptypasswords":         no,
		"permituserenvironment":        ranked("no", "no", "lang,lc_*", "yes"),
		"permituserrc":                 yes,
		"permittty":                    yes,
		"x11forwarding":                no,
		"allowtcpforwarding":           ranked("yes", "no", "local|remote", "yes|all"),
		"allowstreamlocalforwarding":   ranked("yes", "no", "local|remote", "yes|all"),
		"allowagentforwarding":         yes,
		"gatewayports":                 ranked("no", "no", "clientspecified", "yes"),
		"permittunnel":                 ranked("no", "no", "ethernet|point-to-point", "yes"),
		"disableforwarding":            ranked("no", "yes", "no"),
		"strictmodes":                  ranked("yes", "yes", "no"),
		"ignorerhosts":                 ranked("yes", "yes", "shosts-only", "no"),
		"maxauthtries":                 amount(6),
		"maxsessions":                  amount(10),
		"logingracetime":               amount(120),
		"requiredrsasize":              least(1024),
		"authenticationmethods":        only(" "),
		"ciphers":                      algorithms,
		"macs":                         algorithms,
		"kexalgorithms":                algorithms,
		"hostkeyalgorithms":            algorithms,
		"pubkeyacceptedalgorithms":     algorithms,
		"hostbasedacceptedalgorithms":  algorithms,
		"casignaturealgorithms":        algorithms,
		"trustedusercakeys":            granted,
		"authorizedkeyscommand":        granted,
		"authorizedprincipalscommand":  granted,
		"authorizedprincipalsfile":     granted,
		"authorizedkeysfile":           granted,
		"forcecommand":                 refused,
		"chrootdirectory":              refused,
		"revokedkeys":                  refused,
		"permitopen":                   only(" "),
		"permitlisten":                 only(" "),
		"exposeauthinfo":               neutral,
		"loglevel":                     neutral,
		"clientaliveinterval":          neutral,
		"clientalivecountmax":          neutral,
		"usedns":                       neutral,
		"banner":                       neutral,
		"printmotd":                    neutral,
		"compression":                  neutral,
		"rekeylimit":                   neutral,
		"tcpkeepalive":                 neutral,
	} {
		keywords[name] = sshdKeyword{judge: judge}
	}
	for name, judge := range map[string]scale{
		"allowusers": only(" "), "allowgroups": only(" "), "denyusers": refused, "denygroups": refused,
		"acceptenv": granted, "hostkey": neutral, "setenv": neutral, "subsystem": neutral,
		"listenaddress": only(" "), "port": neutral,
	} {
		keywords[name] = sshdKeyword{judge: judge, lists: true}
	}
	return keywords
}

func neutral(string, string) Mark { return Neutral }

// sshdConfig is the settings of sshd's file by condition ("" for all), then by
// name in small letters.
type sshdConfig map[string]map[string]string

// parseSSHD reads sshd's file: the first value counts, or all of a list.
func parseSSHD(config string, keywords map[string]sshdKeyword) (c sshdConfig, spelt map[string]string) {
	c, spelt = sshdConfig{"": {}}, map[string]string{}
	when := ""
	for line := range strings.Lines(config) {
		name, value := keyValue(line)
		key := strings.ToLower(name)
		switch {
		case key == "" || strings.HasPrefix(key, "#"):
			continue
		case key == "match":
			if when = "Match " + value; strings.EqualFold(value, "all") {
				when = ""
			}
			if c[when] == nil {
				c[when] = map[string]string{}
			}
			continue
		}
		spelt[key] = cmp.Or(spelt[key], name)
		switch old, given := c[when][key]; {
		case !given:
			c[when][key] = value
		case keywords[key].lists:
			c[when][key] = strings.TrimSpace(old + " " + value)
		}
	}
	return c, spelt
}

// keyValue splits "Name value" and "Name=value", both of which sshd takes.
func keyValue(line string) (name, value string) {
	line = strings.TrimSpace(line)
	at := strings.IndexAny(line, " \t=")
	if at < 0 {
		return line, ""
	}
	value = strings.TrimLeft(line[at:], " \t")
	value = strings.TrimSpace(strings.TrimPrefix(value, "="))
	return line[:at], strings.Join(strings.Fields(strings.Trim(value, `"`)), " ")
}

// sshd compares the SSH server: its settings, also those within Match, and
// where it looks for keys.
func sshd(c *comparison) {
	c.toggle(Widens, AreaSSHD, "sshd", c.old.SSHD.Enable, c.new.SSHD.Enable)
	if !c.old.SSHD.Enable || !c.new.SSHD.Enable {
		return
	}
	keywords := sshdKeywords()
	old, spelt := parseSSHD(c.old.SSHD.Config, keywords)
	new, spelt2 := parseSSHD(c.new.SSHD.Config, keywords)
	maps.Copy(spelt, spelt2)
	for _, when := range union(old, new) {
		for _, key := range union(old[when], new[when]) {
			if key == "port" || key == "hostkey" {
				continue // told with the listeners, and below
			}
			was, is := old[when][key], new[when][key]
			judged, judgedNew := was, is
			if when != "" { // without its own value, that of all counts
				judged, judgedNew = cmp.Or(was, old[""][key]), cmp.Or(is, new[""][key])
			}
			c.sshdSetting(keywords[key].judge, strings.TrimPrefix(when+": "+spelt[key], ": "), was, is, judged, judgedNew)
		}
	}
	c.set(Widens, AreaSSHD, "authorized keys files", c.old.SSHD.AuthorizedKeysFiles, c.new.SSHD.AuthorizedKeysFiles)
	c.set(Neutral, AreaSSHD, "host keys", keyNames(c.old.SSHD.HostKeys), keyNames(c.new.SSHD.HostKeys))
}

// sshdSetting judges the values that count, and tells those that are written.
func (c *comparison) sshdSetting(judge scale, object, was, is, judged, judgedNew string) {
	if judge == nil {
		c.add(Neutral, AreaSSHD, object, was, is, unjudged)
		return
	}
	c.add(judge(judged, judgedNew), AreaSSHD, object, was, is)
}

func keyNames(keys []facts.HostKey) []string {
	var names []string
	for _, k := range keys {
		names = append(names, k.Path+" ("+k.Type+")")
	}
	return names
}

// client compares what ssh on the host does: whom it trusts.
func client(c *comparison) {
	known := func(h *facts.Host) map[string]string {
		all := map[string]string{}
		for name, k := range h.SSH.KnownHosts {
			all[name] = strings.Join(k.HostNames, ",") + " " + keyName(k.PublicKey)
		}
		return all
	}
	old, new := known(c.old), known(c.new)
	for _, name := range union(old, new) {
		c.add(Neutral, AreaAccount, "known host "+name, old[name], new[name])
	}
	c.toggle(Neutral, AreaAccount, "ssh agent", c.old.SSH.StartAgent, c.new.SSH.StartAgent)
}

// keyName names a public key by its kind, the end of it, and its comment.
func keyName(key string) string {
	words := strings.Fields(key)
	for i, w := range words {
		if strings.HasPrefix(w, "AAAA") && i > 0 {
			name := words[i-1] + " …" + w[max(0, len(w)-8):]
			if i > 1 {
				name = strings.Join(words[:i-1], " ") + " " + name
			}
			if comment := strings.Join(words[i+1:], " "); comment != "" {
				name += " " + comment
			}
			return name
		}
	}
	return key
}

// listeners compares the ports that programs of the facts listen on.
func listeners(c *comparison) {
	c.set(Widens, AreaListener, "sshd", sshdPorts(c.old), sshdPorts(c.new))
	exporter := func(h *facts.Host) []string {
		if h.Metrics == nil {
			return nil
		}
		return []string{h.Metrics.ListenAddress + ":" + strconv.Itoa(h.Metrics.Port)}
	}
	c.set(Widens, AreaListener, "metrics", exporter(c.old), exporter(c.new))
	unlock := func(h *facts.Host) []string {
		if h.RemoteUnlock == nil {
			return nil
		}
		return []string{"tcp/" + strconv.Itoa(h.RemoteUnlock.Port) + " while it boots"}
	}
	c.set(Widens, AreaListener, "remote unlock", unlock(c.old), unlock(c.new))
	c.set(Widens, AreaListener, "socket units", sockets(c.old), sockets(c.new))
}

func sshdPorts(h *facts.Host) []string {
	if !h.SSHD.Enable {
		return nil
	}
	addresses := []string{""}
	config, _ := parseSSHD(h.SSHD.Config, sshdKeywords())
	if given := strings.Fields(config[""]["listenaddress"]); len(given) > 0 {
		addresses = given
	}
	var ports []string
	for _, p := range h.SSHD.Ports {
		for _, a := range addresses {
			name := "tcp/" + strconv.Itoa(p)
			if a != "" {
				name += " at " + a
			}
			ports = append(ports, name)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}
