package policy

// logs checks the log files of a host.
func (r *resolver) logs(h *Host) {
	l := &h.Logs
	if l.Enable.V && len(l.Files.Entries) == 0 {
		r.report(l.Enable.From, h.Path("logs.files"), "no log file is named", "name one, files: { auth: [auth, authpriv] }, or remove enable: the journal holds it all")
	}
	for _, e := range l.Files.Entries {
		f, path := e.Value, h.Path("logs.files."+e.Key)
		switch facilities, program := len(f.Facilities.Items) > 0, f.Program.IsSet(); {
		case facilities && program:
			r.report(f.Program.From, path, "a log file takes facilities or a program, not both", "make two files of it")
		case !facilities && !program:
			r.report(e.From, path, "nothing says which messages the file takes", "name facilities, such as [auth, authpriv], or a program")
		case program && f.Least.IsSet():
			r.report(f.Least.From, path, "least goes with facilities", "remove it: all messages of the program are taken")
		}
	}
}
