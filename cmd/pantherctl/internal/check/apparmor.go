package check

// confinesNothing is N3.
func confinesNothing(s *subject) {
	if a := s.AppArmor; a.Enable.V && len(a.Policies.Entries) == 0 {
		s.report(a.Enable.From, s.Path("apparmor.enable"), "AppArmor is on and confines nothing: NixOS ships no policy",
			"name packages to confine: apparmor: { policies: { zathura: complain } }")
	}
}
