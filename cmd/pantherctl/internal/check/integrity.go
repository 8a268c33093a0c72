package check

// neverVerified is N4.
func neverVerified(s *subject) {
	if i := s.Integrity; s.Level.V == "high-security" && !i.Enable.V {
		s.report(i.Enable.From, s.Path("integrity.enable"), "nobody looks whether the programs of this host are still what was installed",
			"remove it: the level verifies the store once a week")
	}
}
