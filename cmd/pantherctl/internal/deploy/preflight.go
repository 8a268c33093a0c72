package deploy

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// A Risk is a reason not to deploy, by the name under which it can be taken.
type Risk string

// The risks.
const (
	WrongHost     Risk = "wrong-host"          // another machine answers
	LoseSSH       Risk = "lose-ssh"            // whoever deploys could not log in again
	LoseTailnet   Risk = "lose-tailnet"        // the host leaves the tailnet it is reached by
	LoseSudo      Risk = "lose-sudo"           // whoever deploys could not become root again
	Refused       Risk = "refused-text"        // the host's own sshd or nft does not take the new texts
	NoInterface   Risk = "no-interface"        // the ruleset names an interface the host does not have
	DiskFull      Risk = "disk-full"           // there is little room for the new system
	NoSecrets     Risk = "lose-secrets"        // the key that decrypts secrets is not there
	Upgrading     Risk = "upgrading"           // the host is upgrading itself
	RebootsLocked Risk = "reboot-needs-unlock" // a reboot waits for a passphrase at the console
	NotDefault    Risk = "unbooted"            // what runs is not what boots: going back by a reboot leads elsewhere
)

// Risks are the names of all risks.
func Risks() []string {
	var names []string
	for _, r := range []Risk{WrongHost, LoseSSH, LoseTailnet, LoseSudo, Refused, NoInterface, DiskFull, NoSecrets, Upgrading, RebootsLocked, NotDefault} {
		names = append(names, string(r))
	}
	return names
}

// A Danger is a risk that was found, and why.
type Danger struct {
	Risk Risk
	Why  string
}

// A RiskError says what a deployment was stopped by.
type RiskError struct{ Dangers []Danger }

func (e *RiskError) Error() string {
	var all []string
	for _, d := range e.Dangers {
		all = append(all, fmt.Sprintf("%s: %s", d.Risk, d.Why))
	}
	return strings.Join(all, "; ")
}

// Hint is a way out.
func (e *RiskError) Hint() string {
	return fmt.Sprintf("put it right, or take the risk knowingly: --accept %s", e.Dangers[0].Risk)
}

// preflight looks at the host and at what it is to become.
func (r *deployment) preflight(ctx context.Context) error {
	h, f := r.job.Host, r.job.Facts
	v := vars{"user": r.job.Path.User, "ruleset": checkable(f.Nftables.Ruleset), "identities": strings.Join(identities(r.job), " ")}
	if f.SSHD.Enable {
		v["config"] = f.SSHD.Config
	}
	a, err := r.link.root(ctx, "probe", v)
	if err != nil {
		return err
	}
	if a.one("probed") != "yes" {
		return fmt.Errorf("%s does not answer as expected: can %s become root there by sudo?", h.Name, r.job.Path.User)
	}
	if id := a.one("machine_id"); machineID.MatchString(id) {
		r.result.Machine = id
	}
	if other := a.one("busy"); other != "" {
		return &RefusedError{"busy " + other}
	}
	if r.job.Plan != nil {
		if err := r.job.Plan.CheckRunning(a.one("current")); err != nil {
			return err
		}
	}
	dangers := append(judge(r.job, arrival(r.job.Path, a)), compare(r.job, a)...)
	if !r.job.Path.Local && f.SSHD.Enable && a.one("sshd") == "" {
		if why := r.canary(ctx, a); why != "" {
			dangers = append(dangers, Danger{LoseSSH, why})
		}
	}
	var open []Danger
	for _, d := range dangers {
		fmt.Fprintf(r.log, "risk %s: %s\n", d.Risk, d.Why)
		if r.Accept[d.Risk] {
			r.result.Notes = append(r.result.Notes, fmt.Sprintf("accepted %s: %s", d.Risk, d.Why))
			continue
		}
		open = append(open, d)
	}
	if len(open) > 0 {
		return &RiskError{open}
	}
	return nil
}

// judge finds the risks that can be seen in the new configuration alone: may
// whoever deploys come in again by the same way, and become root.
func judge(job Job, by reach.Arrival) []Danger {
	var dangers []Danger
	add := func(risk Risk, format string, args ...any) {
		dangers = append(dangers, Danger{risk, fmt.Sprintf(format, args...)})
	}
	f, p := job.Facts, job.Path
	if f.HostName != "" && f.HostName != job.Host.Name {
		add(WrongHost, "the new system is that of %s", f.HostName)
	}
	if p.Local {
		return dangers
	}
	for _, why := range loginTrouble(job) {
		add(LoseSSH, "%s", why)
	}
	if err := admitted(f, by); err != nil {
		add(LoseSSH, "the new firewall does not let port %d in: %v", p.Port, err)
	}
	if p.Side == schema.Tailnet && !f.Tailscale.Enable {
		add(LoseTailnet, "the new system is not in the tailnet, and the host is reached by it")
	}
	if !maySudo(job) {
		add(LoseSudo, "in the new system %s needs a password for sudo", p.User)
	}
	if len(f.Boot.LUKS) > 0 && f.RemoteUnlock == nil && !job.Host.BreakGlass.Console.IsSet() {
		add(RebootsLocked, "its disk is encrypted, and nobody could unlock it from afar or at a console")
	}
	return dangers
}

// loginTrouble says why the new sshd would not let the user in.
func loginTrouble(job Job) []string {
	f, user := job.Facts, job.Path.User
	if !f.SSHD.Enable {
		return []string{"the new system runs no SSH server"}
	}
	var why []string
	if !slices.Contains(f.SSHD.Ports, job.Path.Port) {
		why = append(why, fmt.Sprintf("the new sshd does not listen on port %d", job.Path.Port))
	}
	account, ok := f.Users.Accounts[user]
	if !ok {
		return append(why, fmt.Sprintf("the new system has no user %s", user))
	}
	if len(account.Keys) == 0 && len(account.KeyFiles) == 0 {
		why = append(why, fmt.Sprintf("%s has no key in the new system", user))
	}
	if groups := words(f.SSHD.Settings["AllowGroups"]); len(groups) > 0 && !slices.ContainsFunc(groups, func(g string) bool { return isMember(f.Users, user, g) }) {
		why = append(why, fmt.Sprintf("%s is in no group of AllowGroups (%s)", user, strings.Join(groups, ", ")))
	}
	if users := words(f.SSHD.Settings["AllowUsers"]); len(users) > 0 && !slices.ContainsFunc(users, func(u string) bool {
		return u == user || strings.HasPrefix(u, user+"@") || strings.ContainsAny(u, "*?")
	}) {
		why = append(why, user+" is not in AllowUsers")
	}
	if denied := words(f.SSHD.Settings["DenyUsers"]); slices.Contains(denied, user) {
		why = append(why, user+" is in DenyUsers")
	}
	if user == "root" && fmt.Sprint(f.SSHD.Settings["PermitRootLogin"]) == "no" {
		why = append(why, "root may not log in")
	}
	return why
}

func isMember(u facts.Users, user, group string) bool {
	a := u.Accounts[user]
	return a.Group == group || slices.Contains(a.ExtraGroups, group) || slices.Contains(u.Groups[group].Members, user)
}

// words returns a setting of sshd that is a list.
func words(setting any) []string {
	switch v := setting.(type) {
	case []any:
		var list []string
		for _, w := range v {
			list = append(list, fmt.Sprint(w))
		}
		return list
	case string:
		return strings.Fields(v)
	}
	return nil
}

// admitted returns nil if the new firewall is sure to let in the connection by
// which the host is reached now, and otherwise why it is not. Where its rules
// are not those of nftables, NixOS's options are asked.
func admitted(f *facts.Host, a reach.Arrival) error {
	rules := ""
	if f.Nftables.Enable {
		rules = f.Nftables.Ruleset
	}
	switch {
	case rules == "" && f.Firewall.Enable:
		return opened(f.Firewall, a)
	case rules == "":
		return nil
	}
	r, err := reach.ParseRuleset(rules)
	if err != nil {
		return err
	}
	return r.Admit(a)
}

func opened(fw facts.Firewall, a reach.Arrival) error {
	open := func(p facts.Ports) bool {
		return slices.Contains(p.AllowedTCPPorts, int(a.Port)) ||
			slices.ContainsFunc(p.AllowedTCPPortRanges, func(r facts.Range) bool { return r.From <= int(a.Port) && int(a.Port) <= r.To })
	}
	if open(fw.Ports) || open(fw.Interfaces[a.By]) || slices.Contains(fw.TrustedInterfaces, a.By) {
		return nil
	}
	return errors.New("no option opens it")
}

// arrival is how the deployer's connection comes to a host, by what it says.
func arrival(p Path, a answer) reach.Arrival {
	from, _ := netip.ParseAddr(a.one("client"))
	to, _ := netip.ParseAddr(a.one("server"))
	return reach.Arrival{By: a.one("by"), From: from, To: to, Port: schema.Port(p.Port)}
}

// maySudo reports whether the user becomes root without a password.
func maySudo(job Job) bool {
	s, user := job.Facts.Sudo, job.Path.User
	if user == "root" {
		return true
	}
	in := func(group string) bool { return isMember(job.Facts.Users, user, group) }
	if !s.Enable || s.ExecWheelOnly && !in("wheel") {
		return false
	}
	if in("wheel") && !s.WheelNeedsPassword {
		return true
	}
	free := false
	for _, rule := range s.ExtraRules { // the last that fits counts
		named := slices.ContainsFunc(rule.Users, func(u any) bool { return u == any(user) }) ||
			slices.ContainsFunc(rule.Groups, func(g any) bool { return in(fmt.Sprint(g)) })
		if !named {
			continue
		}
		for _, c := range rule.Commands {
			if set, ok := c.(map[string]any); ok && set["command"] == "ALL" {
				free = slices.Contains(words(set["options"]), "NOPASSWD")
			}
		}
	}
	return free
}

// identities are the files that secrets of the new system are decrypted with.
func identities(job Job) []string {
	var paths []string
	if age := job.Facts.Age; age != nil && len(age.Secrets) > 0 {
		paths = append(paths, age.IdentityPaths...)
	}
	return slices.DeleteFunc(paths, func(p string) bool { return !plainPath.MatchString(p) })
}

// plainPath is a path that is one word to the shell.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9._/+-]+$`)

var machineID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// leastFree is what has to be free in the store, in KiB: a new system shares
// most of its closure with the old one.
const (
	leastFree     = 1 << 20
	leastBootFree = 64 << 10
)

// compare finds the risks that the host shows.
func compare(job Job, a answer) []Danger {
	var dangers []Danger
	add := func(risk Risk, format string, args ...any) {
		dangers = append(dangers, Danger{risk, fmt.Sprintf(format, args...)})
	}
	if name := a.one("hostname"); name != job.Host.Name {
		add(WrongHost, "the machine calls itself %q", name)
	}
	if id := a.one("machine_id"); job.MachineID != "" && id != job.MachineID {
		add(WrongHost, "its machine id is %q, and was %s", id, job.MachineID)
	}
	for _, tool := range []struct{ name, says string }{{"sshd", a.one("sshd")}, {"nft", a.one("rules")}} {
		if tool.says != "" {
			add(Refused, "its %s says of the new text: %s", tool.name, tool.says)
		}
	}
	for _, i := range job.Host.Interfaces.Entries {
		if !strings.HasSuffix(i.Key, "*") && i.Value.Side.V != schema.Container && !slices.Contains(a["interface"], i.Key) {
			add(NoInterface, "it has no interface %s, which the ruleset names", i.Key)
		}
	}
	if job.Path.Side == schema.Tailnet && !job.Path.Local && !slices.Contains(a["interface"], policy.TailnetInterface) {
		add(NoInterface, "it has no interface %s", policy.TailnetInterface)
	}
	switch n, err := strconv.Atoi(a.one("free")); {
	case err != nil:
		add(DiskFull, "it does not say how much is free for the store")
	case n < leastFree:
		add(DiskFull, "%d MiB are free for the store", n>>10)
	}
	if n, err := strconv.Atoi(a.one("boot_free")); err == nil && n < leastBootFree {
		add(DiskFull, "%d MiB are free for /boot", n>>10)
	}
	if files := a["missing"]; len(files) > 0 && len(files) == len(identities(job)) {
		add(NoSecrets, "it has no %s, which decrypts its secrets", strings.Join(files, ", "))
	}
	for _, unit := range a["running"] {
		add(Upgrading, "%s is running", unit)
	}
	if a.one("current") != a.one("default") {
		add(NotDefault, "it runs %s and boots %s", a.one("current"), a.one("default"))
	}
	return dangers
}

// tables are the tables a ruleset makes, "inet nixos-fw".
func tables(ruleset string) []string {
	var list []string
	for _, m := range tableLine.FindAllStringSubmatch(ruleset, -1) {
		if name := m[1] + " " + m[2]; !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

var tableLine = regexp.MustCompile(`(?m)^table (\w+) ([\w-]+) \{`)

// checkable is a ruleset as it is loaded: in place of the tables that are there.
func checkable(ruleset string) string {
	var b strings.Builder
	for _, t := range tables(ruleset) {
		fmt.Fprintf(&b, "table %s\ndelete table %s\n", t, t)
	}
	return b.String() + ruleset
}
