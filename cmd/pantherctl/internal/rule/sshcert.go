package rule

// certificates returns the L rules from L40 on: SSH certificates.
func certificates() []Rule {
	return []Rule{
		{
			ID: "L40", Title: "the host is to show certificates alone",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "ssh",
			Rationale: "With certificate algorithms alone in HostKeyAlgorithms a client that does not know the authority " +
				"ends with no matching host key type. So does everybody once the certificate's file is gone, and " +
				"an expired one is refused by all.",
			Fix:       "Set ssh.certificates.host_keys: plain. Clients prefer a certificate whose authority they know.",
			Reference: "sshd_config(5) HostKeyAlgorithms, HostCertificate; sshd(8) @cert-authority",
		},
	}
}
