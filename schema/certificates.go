package schema

// Certificates are what hosts show to browsers. An authority gives one to
// whoever can change the DNS of its names: no port need be open for that.
type Certificates struct {
	Mode    Value[Mode]              `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable  Value[bool]              `yaml:"enable" doc:"Get certificates by ACME, accepting the terms of Let's Encrypt, and prove the names by Cloudflare's DNS."`
	Email   Value[Email]             `yaml:"email" doc:"Where the authority writes to when something is wrong."`
	Token   Value[Name]              `yaml:"token,secret" doc:"The secret holding a Cloudflare API token, and nothing else: one that may edit the DNS of these zones only."`
	Domains Map[Domain, Certificate] `yaml:"domains" doc:"Certificates that the host itself keeps, by their first name. Proxies that get their own need none here."`
	Warn    Value[Duration]          `yaml:"warn" doc:"A certificate that ends within this time is told, as it should have been renewed."`
	Backup  Value[bool]              `yaml:"backup" doc:"Keep certificates and their keys in the backup, if the host has one."`
}

// Certificate is one certificate.
type Certificate struct {
	Names List[WildDomain] `yaml:"names,short" doc:"Further names it is for, such as *.example.org."`
}

// WildDomain is a DNS name, or *. and a DNS name for all names right below it.
type WildDomain string

var wildDomainForm = newForm(`^(\*\.)?` + domainForm.String()[1:])

const wildDomainWhat = "a DNS name such as example.org or *.example.org"

func (*WildDomain) what() string { return wildDomainWhat }
func (d *WildDomain) parse(tag, text string) error {
	*d = WildDomain(text)
	return pattern(tag, text, wildDomainForm, wildDomainWhat)
}

func (*WildDomain) shape(*shapes) shape {
	return shape{"type": "string", "pattern": wildDomainForm.String()}
}

// Email is a mail address of plain characters.
type Email string

var emailForm = newForm(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}@` + domainForm.String()[1:])

const emailWhat = "a mail address such as admin@example.org"

func (*Email) what() string { return emailWhat }
func (e *Email) parse(tag, text string) error {
	*e = Email(text)
	return pattern(tag, text, emailForm, emailWhat)
}

func (*Email) shape(*shapes) shape { return shape{"type": "string", "pattern": emailForm.String()} }
