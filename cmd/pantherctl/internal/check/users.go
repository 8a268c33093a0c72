package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// nobodyDeploys is A2. A workstation is deployed from its own keyboard.
func nobodyDeploys(s *subject) {
	if s.SSH.RootLogin.V != "no" || s.Level.V == "workstation" {
		return
	}
	sudo := s.Settings.Accounts.SudoPassword
	message := "root may not log in, and no deploy user has an account: no new configuration can be brought here"
	for _, a := range s.Accounts {
		if !a.Deploy.V && (!a.Admin.V || sudo.V) {
			continue
		}
		reason := s.refused(a)
		if reason == "" {
			return
		}
		message = fmt.Sprintf("root may not log in, and %s, who deploys, %s: no new configuration can be brought here", a.Name, reason)
	}
	s.report(s.SSH.Enable.From, s.Path("ssh"), message, "declare it: users: { deploy: { deploy: true, keys: … } }")
}

// deployWithoutNix is L18.
func deployWithoutNix(s *subject) {
	nixUsers := s.Settings.Accounts.NixUsers
	for _, a := range s.Accounts {
		if !a.Deploy.V || s.refused(a) != "" || s.usesNix(a) {
			continue
		}
		s.report(nixUsers.From, s.Path("accounts.nix_users"),
			fmt.Sprintf("%s deploys and may not use Nix: copying a configuration ends with \"unexpected end-of-file\"", a.Name),
			fmt.Sprintf("add %q or \"@wheel\" to accounts.nix_users", a.Name))
	}
}

// usesNix reports whether the Nix daemon listens to an account.
func (s *subject) usesNix(a policy.Account) bool {
	names := []string{"*", a.Name, "@users"} // the primary group of all people on NixOS
	if a.Wheel() {
		names = append(names, "@wheel")
	}
	if slices.Contains(s.Members, a.Name) {
		names = append(names, "@"+policy.SSHGroup)
	}
	for _, g := range a.Groups.Values() {
		names = append(names, "@"+string(g))
	}
	for _, u := range s.Settings.Accounts.NixUsers.Values() {
		if slices.Contains(names, string(u)) {
			return true
		}
	}
	return false
}

// nobodyAtConsole is U1.
func nobodyAtConsole(s *subject) {
	a := s.Settings.Accounts
	if a.MutableUsers.V || !a.ConsoleRescue.V || a.RootPassword.IsSet() {
		return
	}
	var admins []string
	for _, account := range s.Accounts {
		if s.hasPassword(account) && account.Wheel() {
			return
		}
		if account.Admin.V {
			admins = append(admins, account.Name)
		}
	}
	message := "no administrator has an account, and root has no password: nobody can log in at the console"
	if len(admins) > 0 {
		message = fmt.Sprintf("%s and root have no password: nobody can repair the host at its console", strings.Join(admins, ", "))
	}
	s.report(a.ConsoleRescue.From, s.Path("accounts.console_login"), message,
		"name a secret: users.NAME.password or accounts.root_password; or set accounts.console_login: false if a rescue system does instead")
}

// hasPassword reports whether an account has a password from a secret of the
// host.
func (s *subject) hasPassword(a policy.Account) bool {
	return a.Password.IsSet() && s.Secrets.Has(string(a.Password.V))
}
