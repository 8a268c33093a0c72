package check

// journalInMemory is H7. Whoever sits at a workstation can look before a reboot.
func journalInMemory(s *subject) {
	if j := s.Journal; j.Storage.V == "volatile" && s.Level.V != "workstation" {
		s.report(j.Storage.From, s.Path("journal.storage"), "a reboot, such as an intruder can cause, removes all evidence",
			"set journal.storage: persistent, or waive this for a host that sends its log elsewhere")
	}
}
