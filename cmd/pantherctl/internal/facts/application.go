package facts

// Applications are services for others; one that does not run is nil.
type Applications struct {
	BackupWants []string // units that the backup starts first
	PostgreSQL  *PostgreSQL
	AdGuard     *AdGuard
	Vaultwarden *Vaultwarden
	Tunnels     map[string]Tunnel // of Cloudflare, by id
}

// PostgreSQL is the database server.
type PostgreSQL struct {
	Authentication     string // pg_hba.conf
	ListenAddresses    string // with commas
	PasswordEncryption string // "" for the server's default
	Port               int
	EnsureDatabases    []string
	Owners             []string      // roles that own the database of their name
	Passwords          *PasswordUnit // nil if no role has one
	Dump               Dump
}

// PasswordUnit is the unit that sets the passwords of roles.
type PasswordUnit struct {
	After, Requires, WantedBy []string
	Script                    string
	ServiceConfig             map[string]any
}

// Dump is the copy of all databases.
type Dump struct {
	Enable, BackupAll bool
	Location          string
	StartAt           any // a time or a list of them
}

// AdGuard is AdGuard Home, with its settings as they lie in the store.
type AdGuard struct {
	Host                          string // of the web interface
	MutableSettings, OpenFirewall bool
	Port                          int // of the web interface
	Settings                      map[string]any
	Unit                          AdGuardUnit
}

// AdGuardUnit is the unit of AdGuard Home, without what it executes.
type AdGuardUnit struct {
	After         []string
	ServiceConfig map[string]any
}

// Vaultwarden is the password server.
type Vaultwarden struct {
	BackupDir, EnvironmentFile string // "" if there is none
	Config                     map[string]any
	Unit                       Service
}

// Tunnel is a tunnel of Cloudflare.
type Tunnel struct {
	CredentialsFile, Default string
	Ingress                  map[string]any // by host name: a URL, or a set of settings
	Unit                     Service
}

// Service is a unit's [Service] section, without what it executes.
type Service struct{ ServiceConfig map[string]any }
