package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// logs is the module of log files beside the journal. With rsyslog on,
// journald hands it every message.
func logs(h *policy.Host) *nix.File {
	l := h.Logs
	if !l.Enable.V {
		return nil
	}
	var names []string
	for _, e := range l.Files.Entries {
		names = append(names, logPath(e.Key))
	}
	rsyslog := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("defaultConfig", nix.String(""), "NixOS's own would write every message a second time"),
		nix.Bind("extraConfig", nix.String(rsyslogRules(h))),
	}
	rotation := nix.AttrSet{
		nix.Bind("files", nix.Strings(names...)),
		nix.Bind("frequency", nix.String(l.Rotation.Every.V), why(l.Rotation.Every.From)),
		nix.Bind("rotate", nix.Int(l.Rotation.Keep.V), why(l.Rotation.Keep.From)),
		nix.Bind("compress", nix.Bool(l.Rotation.Compress.V)),
		nix.Bind("delaycompress", nix.Bool(l.Rotation.Compress.V), "rsyslog may still write to the newest"),
		nix.Bind("missingok", nix.Bool(true)),
		nix.Bind("notifempty", nix.Bool(true)),
		nix.Bind("sharedscripts", nix.Bool(true)),
		nix.Bind("postrotate", nix.String("systemctl kill --kill-whom=main --signal=HUP syslog.service"), "rsyslog goes on in the new file"),
	}
	body := nix.AttrSet{nix.Bind("services.rsyslogd", rsyslog)}
	bind(&body, nix.Path("services.logrotate.enable"), nix.Bool(true))
	bind(&body, nix.Path("services.logrotate.extraArgs"), nix.Strings("--state", "/var/log/logrotate.status"),
		"kept where the files are kept; without it nothing is ever old enough")
	bind(&body, nix.Path("services.logrotate.settings.pantherctl"), rotation)
	return &nix.File{Body: body}
}

func logPath(name string) string { return "/var/log/" + name + ".log" }

// rsyslogRules are the rules of the files. journald does not hand on what the
// kernel says, and rsyslog's own files could be read by everybody.
func rsyslogRules(h *policy.Host) string {
	var text strings.Builder
	for _, e := range h.Logs.Files.Entries {
		if slices.Contains(e.Value.Facilities.Values(), "kern") {
			text.WriteString("module(load=\"imklog\")\n\n")
			break
		}
	}
	for _, e := range h.Logs.Files.Entries {
		fmt.Fprintf(&text, "%s action(type=\"omfile\" file=%q fileCreateMode=\"0640\" fileOwner=\"root\" fileGroup=\"root\")\n",
			selector(e.Value), logPath(e.Key))
	}
	return text.String()
}

// selector is what rsyslog matches messages by. sshd's sessions are programs
// called sshd-session since OpenSSH 9.8.
func selector(f schema.LogFile) string {
	if f.Program.IsSet() {
		return fmt.Sprintf(":programname, startswith, %q", f.Program.V)
	}
	least := "*"
	if f.Least.IsSet() {
		least = string(f.Least.V)
	}
	return strings.Join(schema.Words(f.Facilities), ",") + "." + least
}
