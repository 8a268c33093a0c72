package facts

// Kernel is what the kernel is started with and told.
type Kernel struct {
	BlacklistedKernelModules []string
	ExtraModprobeConfig      string
	KernelParams             []string // in the order of the command line
	LockModules              bool
	Modules                  []string
	ProtectImage             bool
	Softdeps                 string         // what modprobe reads before the kernel's own
	Sysctl                   map[string]any // numbers, bools or strings
	SystemdSysctl            bool           // systemd's own defaults lie below
}

// Users are all accounts and groups.
type Users struct {
	MutableUsers bool
	Accounts     map[string]Account
	Groups       map[string]Group
}

// An Account is a user of the host. Passwords are never among the facts.
type Account struct {
	Name            string
	UID             *int // nil if activation chooses
	Group           string
	ExtraGroups     []string
	Home, Shell     string
	IsNormalUser    bool
	IsSystemUser    bool
	Keys, KeyFiles  []string
	Locked          bool     // by a hash that no password can match
	PasswordFile    string   // "" if there is none
	PasswordOptions []string // options beside it that set a password
}

// A Group and who is in it by its own option.
type Group struct {
	GID     *int // nil if activation chooses
	Members []string
}

// Sudo says who may become root.
type Sudo struct {
	Enable             bool
	ExecWheelOnly      bool
	WheelNeedsPassword bool
	ExtraRules         []SudoRule
	Config             string
}

// A SudoRule is one of sudoers(5), with NixOS's own first.
type SudoRule struct {
	Users, Groups []any // names or ids
	Host, RunAs   string
	Commands      []any // a command, or a set of command and options
}

// Boot is what happens before the system is up.
type Boot struct {
	Editor                bool
	EmergencyMode         bool
	InitrdEmergencyAccess any                 // a bool or a password's hash
	LUKS                  map[string]string   // devices by name
	LUKSOptions           map[string][]string // of crypttab(5), by name
	ShmOptions            []string
	SystemdBoot           bool
	SystemdInitrd         bool
	Wipe                  string // the unit that wipes the root, "" if none does
}

// Swap is where memory goes that does not fit.
type Swap struct {
	Devices     []SwapDevice
	Resume      string // the device a hibernated system is read from, "" for none
	Zram        bool
	ZramPercent int
}

// A SwapDevice is a device, or a file.
type SwapDevice struct {
	Device    string
	RandomKey bool // encrypted anew at every boot
}

// Time is who sets the clock.
type Time struct {
	Enable      bool // chrony
	ExtraConfig string
	NTS         bool
	Servers     []string
	Timesyncd   bool
}

// Preservation is what outlives a wiped root, where preservation keeps it.
type Preservation struct{ Directories, Files []Preserved }

// Preserved is a directory or file that is kept.
type Preserved struct {
	Path            string
	How, Mode       string
	InInitrd        bool
	ConfigureParent bool
	ParentMode      string `facts:"optional"`
}

// RemoteUnlock is the SSH server of the initrd.
type RemoteUnlock struct {
	AuthorizedKeys, HostKeys []string
	Port                     int
	Network                  bool
	Networks                 map[string]UnlockNetwork
	Config                   string // "" without a systemd initrd
}

// An UnlockNetwork is a unit of systemd-networkd in the initrd.
type UnlockNetwork struct{ MatchConfig, NetworkConfig map[string]any }

// SecureBoot is lanzaboote.
type SecureBoot struct {
	Enable        bool
	AllowUnsigned bool
	Enroll        bool
	MicrosoftKeys bool
	Loader        map[string]any
	PKIBundle     string
}

// A FileSystem is mounted at the path it is listed by.
type FileSystem struct {
	FSType        string
	NeededForBoot bool
	Options       []string
}

// State is what a unit keeps below /var/lib.
type State struct {
	Directories []string
	DynamicUser bool // then they lie in /var/lib/private
}

// A Store is what outlives a wiped root in one folder.
type Store struct{ Directories, Files []string }

// Age is agenix.
type Age struct {
	IdentityPaths []string
	Secrets       map[string]AgeSecret
}

// An AgeSecret is decrypted from File to Path.
type AgeSecret struct{ File, Path, Owner, Group, Mode string }

// Onepassword is opnix.
type Onepassword struct {
	Enable    bool
	TokenFile string
	Paths     map[string]string // of secrets, by name
}
