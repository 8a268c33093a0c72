package schema

// Authelia asks the visitors of sites who they are, for the proxy of the host.
type Authelia struct {
	Mode          Value[Mode]    `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable        Value[bool]    `yaml:"enable" doc:"Run Authelia on this host, for sites with auth: authelia."`
	Domain        Value[Domain]  `yaml:"domain" doc:"The domain that all guarded sites lie below: its cookie goes to each of them."`
	Portal        Value[Domain]  `yaml:"portal" doc:"The name of the site where people log in; its upstream is authelia."`
	Factors       Value[Factors] `yaml:"factors" doc:"two_factor, or one_factor for a password alone."`
	Users         Value[Name]    `yaml:"users,secret" doc:"The secret holding the users and the hashes of their passwords, in the form of Authelia's file."`
	JWTSecret     Value[Name]    `yaml:"jwt_secret,secret" doc:"The secret that signs links which prove an identity."`
	StorageKey    Value[Name]    `yaml:"storage_key,secret" doc:"The secret that encrypts what Authelia stores: 20 characters or more, never to be changed."`
	SessionSecret Value[Name]    `yaml:"session_secret,secret" doc:"The secret that encrypts sessions."`
}

// Factors are what a visitor must show.
type Factors string

func (*Factors) words() []string { return []string{"one_factor", "two_factor"} }
