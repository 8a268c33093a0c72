package check

// onlyCertificates is L40. The plain key is offered whatever the document says.
func onlyCertificates(s *subject) {
	keys := s.SSH.Certificates.HostKeys
	if keys.V != "certificates" {
		return
	}
	s.report(keys.From, s.Path("ssh.certificates.host_keys"),
		"a host that offers certificates alone locks out every client that does not know the authority, and everybody once the certificate has expired or its file is gone: the plain key stays",
		"set host_keys: plain; clients of the fleet ask for the certificate first where host_cas names who signed it")
}
