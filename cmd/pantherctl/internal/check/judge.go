package check

import (
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// judge is how one rule is judged. It is asked about those hosts only that
// have everything the rule is about.
type judge struct {
	rule  string
	judge func(*subject)
	about []concern
}

// judges is the table of all rules that are judged host by host. Those about
// waivers are judged by [waive], once the findings are known.
func judges() []judge {
	return []judge{
		{"A1", nobodyLogsIn, about(ssh, accounts)},
		{"A2", nobodyDeploys, about(ssh, accounts)},
		{"A3", memberWithoutKey, about(ssh, accounts)},
		{"A5", moreKeysThanTries, about(ssh, accounts)},
		{"A6", cannotJoin, about(firewall, tailscale)},
		{"A14", cannotUnlock, about(remoteUnlock)},
		{"A16", waitsForPassphrase, about(disk)},
		{"B1", noBreakGlass, about(firewall)},
		{"C1", agentWithoutDesktop, about(sshClient)},
		{"D1", noWayAfterFailedMount, about(disk, accounts)},
		{"D2", editorOpen, about(disk)},
		{"D3", unknownUnlocker, about(remoteUnlock)},
		{"E1", listensForNobody, about(firewall)},
		{"E2", nothingListens, about(firewall)},
		{"E3", webWithoutPassword, about(adguard)},
		{"E4", openSignups, about(vaultwarden)},
		{"E5", tunnelToAdministration, about()},
		{"E6", databaseForTailnet, about(postgresql, firewall)},
		{"D20", hibernatesInTheClear, about(hardening, swaps)},
		{"D21", unlocksForAnybody, about(disk)},
		{"F1", trustedInterface, about(firewall)},
		{"G1", sitesForNobody, about(sites, firewall)},
		{"G2", siteWithoutCertificate, about(caddy, firewall)},
		{"G3", inClear, about(sites)},
		{"G4", endsSilently, about(certificates)},
		{"G5", guardsNothing, about(authelia, sites)},
		{"G6", pluginTooNew, about(caddy)},
		{"G7", aroundGuard, about(authelia, sites)},
		{"H1", egressRefusesUpkeep, about(firewall)},
		{"H2", passwordOnlyHere, about(backups)},
		{"H3", backupsInReach, about(backups)},
		{"H4", timersForgotten, about(persistence)},
		{"H5", rebootOutsideWindow, about(upgrades)},
		{"H6", pinnedFlake, about(upgrades)},
		{"H20", unconfirmed, about(upgrades)},
		{"H21", neverRestored, about(backups)},
		{"H22", fewClocks, about(ntsTime)},
		{"H7", journalInMemory, about(journals)},
		{"H8", addressOfOneBoot, about(wifi)},
		{"I1", outsideContainers, about(firewall)},
		{"I2", hostsRoot, about()},
		{"I3", confinesLittle, about()},
		{"J1", operatorsShutOut, about(incident, ssh, firewall)},
		{"J2", isolatedInSilence, about(incident)},
		{"J3", pastIsolation, about(incident, tailscale)},
		{"K001", absentFeature, about(kernelSettings)},
		{"K003", unknownName, about(kernelSettings)},
		{"K004", forwardingOff, about(kernelSettings, tailscale)},
		{"K005", strictReversePath, about(tailscale)},
		{"K006", exitNodeWithoutIPv6, about(tailscale)},
		{"K008", noUserNamespaces, about(hardening)},
		{"K009", rawName, about(kernelSettings)},
		{"K010", hibernationRefused, about(hardening)},
		{"K014", noIA32, about(hardening)},
		{"K015", neededModuleBlocked, about(hardening)},
		{"K016", paramTwice, about(kernelSettings)},
		{"K019", noConsoleForEFI, about(hardening)},
		{"K021", smtKept, about(hardening)},
		{"K022", panicForGood, about(hardening)},
		{"K024", mmapBits, about(kernelSettings)},
		{"L1", allowedButNoMember, about(ssh, accounts)},
		{"L3", rootNotAllowed, about(ssh)},
		{"L6", noUsableKey, about(ssh, accounts)},
		{"L7", keyNotAccepted, about(ssh, accounts)},
		{"L15", noWayToSSH, about(ssh, firewall)},
		{"L16", graceTooShort, about(ssh)},
		{"L18", deployWithoutNix, about(ssh, accounts)},
		{"L23", fewSessions, about(ssh)},
		{"L40", onlyCertificates, about(ssh)},
		{"M1", leftToOwnModule, about()},
		{"N1", ipv6OffInKernel, about(network, kernelSettings)},
		{"N2", nobodyBanned, about(ssh, firewall, bans)},
		{"N3", confinesNothing, about(apparmor)},
		{"N4", neverVerified, about(integrity)},
		{"O1", floodsTrail, about(audit)},
		{"O2", figuresForNobody, about(metrics, firewall)},
		{"O3", notificationsHeld, about(notify, firewall)},
		{"O4", failsSilently, about(selfcheck)},
		{"O5", emptyLog, about(logs)},
		{"P1", stateForgotten, about(persistence)},
		{"P3", passwordsLost, about(persistence)},
		{"S1", secretWithoutFile, about()},
		{"S4", tokenByHand, about()},
		{"T1", exitNodeForNobody, about(tailscale)},
		{"T2", exitNodeNotPermitted, about(tailscale)},
		{"T6", tailscaleTakesSSH, about(ssh, tailscale)},
		{"T10", dnsOverUDPOnly, about(firewall)},
		{"T20", relayForNobody, about(derp)},
		{"T21", relayOutOfReach, about(derp, firewall)},
		{"T22", nobodyByTailscale, about(tailscale)},
		{"T23", funnelledUnsaid, about(tailscale)},
		{"T24", servedToNobody, about(tailscale)},
		{"T25", routeForNobody, about(tailscale)},
		{"U1", nobodyAtConsole, about(accounts)},
	}
}

func about(cs ...concern) []concern { return cs }

// concerns reports whether the host has all that the rule is about.
func (j judge) concerns(h *policy.Host) bool {
	for _, has := range j.about {
		if !has(h) {
			return false
		}
	}
	return true
}

// concern reports whether a host has a feature that the document speaks of. It
// does not where the user's own module decides.
type concern func(*policy.Host) bool

func accounts(h *policy.Host) bool { return h.Settings.Accounts.Mode.V != schema.Own }

func network(h *policy.Host) bool { return h.Network.Mode.V != schema.Own }

func bans(h *policy.Host) bool { return h.Fail2ban.Mode.V != schema.Own }

func apparmor(h *policy.Host) bool { return h.AppArmor.Mode.V != schema.Own }

func integrity(h *policy.Host) bool { return h.Integrity.Mode.V != schema.Own }

func firewall(h *policy.Host) bool { return h.Firewall.Mode.V != schema.Own }

func ssh(h *policy.Host) bool { return h.SSH.Mode.V != schema.Own && h.SSH.Enable.V }

func tailscale(h *policy.Host) bool {
	return h.Tailscale.Mode.V != schema.Own && h.Tailscale.Enable.V
}

func kernelSettings(h *policy.Host) bool { return h.Kernel.Mode.V != schema.Own }

func hardening(h *policy.Host) bool { return kernelSettings(h) && h.Kernel.Hardening.V != "off" }

func persistence(h *policy.Host) bool {
	return h.Persistence.Mode.V != schema.Own && h.Persistence.Enable.V
}

func sshClient(h *policy.Host) bool {
	return h.SSHClient.Mode.V != schema.Own && h.SSHClient.Enable.V
}

func disk(h *policy.Host) bool { return h.Disk.Mode.V != schema.Own }

func remoteUnlock(h *policy.Host) bool { return h.Unlocks() }

func backups(h *policy.Host) bool { return h.Backup.Mode.V == schema.Generate && h.Backup.Enable.V }

func upgrades(h *policy.Host) bool {
	return h.Upgrade.Mode.V == schema.Generate && h.Upgrade.Enable.V
}

func journals(h *policy.Host) bool {
	return h.Journal.Mode.V == schema.Generate && h.Journal.Enable.V
}

func wifi(h *policy.Host) bool { return h.Wifi.Mode.V == schema.Generate && h.Wifi.Enable.V }

// subject is one host under one rule.
type subject struct {
	*policy.Host
	fleet *policy.Fleet
	in    Input
	rule  rule.Rule
	found *[]Finding
	names map[string]sysctlName // looked up so far, by key
	files map[string]bool       // of secrets, looked for so far
}

// report adds a finding. It stands where the setting was made or, if its level
// made it or nobody did, at the host's entry.
func (s *subject) report(setting schema.Origin, path, message, hint string) {
	if !setting.IsSet() || strings.HasPrefix(setting.Layer, "level ") {
		setting = s.From
	}
	*s.found = append(*s.found, Finding{
		Rule: s.rule.ID, Severity: s.rule.Severity, Host: s.Name, Path: path, Pos: setting.Pos,
		Message: message, Hint: hint, Status: Fail,
	})
}

// entry returns the path of an entry of a map, quoted as schema quotes it.
func (s *subject) entry(setting, key string) string {
	if strings.Contains(key, ".") {
		key = strconv.Quote(key)
	}
	return s.Path(setting + "." + key)
}
