package policy

// IntegrityUnit is the name of the service and of the timer that verify the
// store.
const IntegrityUnit = "pantherctl-integrity"

// integrity reports a scanner that nothing starts.
func (r *resolver) integrity(h *Host) {
	i := &h.Integrity
	if !i.Enable.V && !i.By.From.Default() {
		r.report(i.By.From, h.Path("integrity.by"), "nothing is looked for: integrity is off", "set integrity.enable: true")
	}
}
