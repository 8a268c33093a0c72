package policy

// apparmor checks that the policies of a host will be loaded.
func (r *resolver) apparmor(h *Host) {
	a := &h.AppArmor
	if a.Enable.V || len(a.Policies.Entries) == 0 {
		return
	}
	r.report(a.Policies.Entries[0].From, h.Path("apparmor.policies"), "no policy is loaded: AppArmor is off", "set apparmor.enable: true")
}
