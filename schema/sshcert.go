package schema

// SSHCertificates let people and hosts be known by who signed their keys.
type SSHCertificates struct {
	UserCAs         List[PublicKey]                `yaml:"user_cas" doc:"Keys that sign users' certificates: whoever holds one of them decides who logs in."`
	Principals      Map[UserName, List[Principal]] `yaml:"principals" doc:"The principals whose certificates let a user in. Default: the user's own name."`
	HostCertificate Value[AbsPath]                 `yaml:"host_certificate" doc:"The file of the host's certificate, beside its key. sshd offers both."`
	HostCAs         List[PublicKey]                `yaml:"host_cas" doc:"Keys that sign hosts' certificates: clients of the fleet then know this host by them too."`
	HostKeys        Value[HostKeys]                `yaml:"host_keys" doc:"plain: clients may ask for the key without a certificate; certificates: they may not, which is refused as it locks out."`
}

// HostKeys is how a host shows who it is.
type HostKeys string

func (*HostKeys) words() []string { return []string{"plain", "certificates"} }

// Principal is a name within a certificate (ssh-keygen -n).
type Principal string

var principalForm = newForm(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$`)

const principalWhat = "a principal (letters, digits and . _ @ -)"

func (*Principal) what() string { return principalWhat }

func (p *Principal) parse(tag, text string) error {
	*p = Principal(text)
	return pattern(tag, text, principalForm, principalWhat)
}

func (*Principal) shape(*shapes) shape {
	return shape{"type": "string", "pattern": principalForm.String()}
}
