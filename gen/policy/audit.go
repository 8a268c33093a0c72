package policy

// audit checks the audit trail of a host.
func (r *resolver) audit(h *Host) {
	a := &h.Audit
	if a.Enable.V && len(a.Rules.Items) == 0 {
		r.report(a.Enable.From, h.Path("audit.rules"), "the audit trail has no rules: it would record nothing but logins",
			"name some, such as -w /etc/passwd -p wa -k identity, or remove enable")
	}
}
