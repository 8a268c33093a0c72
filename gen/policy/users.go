package policy

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// Account is a user on one host.
type Account struct {
	Name string
	schema.User
}

// Wheel reports whether the account may use sudo.
func (a Account) Wheel() bool { return a.Admin.V || a.Deploy.V }

// accounts finds who has an account on a host.
func (r *resolver) accounts(h *Host) {
	login := h.Login.Values()
	for _, e := range r.fleet.Users.Entries {
		u := e.Value
		here := !u.Hosts.IsSet() || slices.ContainsFunc(u.Hosts.Values(), func(n schema.Member) bool {
			return string(n) == h.Name || slices.Contains(h.Roles, string(n))
		})
		if !here || h.Login.IsSet() && !slices.Contains(login, schema.UserName(e.Key)) {
			continue
		}
		h.Accounts = append(h.Accounts, Account{e.Key, u})
		if declared := h.Secrets.Has(string(u.Password.V)); u.Password.IsSet() && (declared || !h.Settings.Accounts.MutableUsers.V) {
			r.bootSecret(h, fmt.Sprintf("users.%s.password", e.Key), u.Password)
		}
	}
	if p := h.Settings.Accounts.RootPassword; p.IsSet() {
		r.bootSecret(h, h.Path("accounts.root_password"), p)
	}
}

// Account returns the account of a name.
func (h *Host) Account(name string) (Account, bool) {
	i := slices.IndexFunc(h.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return Account{}, false
	}
	return h.Accounts[i], true
}
