package facts

// A Backup is a job of restic.
type Backup struct {
	Initialize      bool
	Paths           []string
	Commands        []string
	Environment     map[string]string
	EnvironmentFile string // "" if there is none
	TimerConfig     map[string]any
}

// Upgrade is how the host renews and tidies itself.
type Upgrade struct {
	Enable                bool
	AllowReboot           bool
	Dates                 string
	RandomizedDelaySec    string
	RebootWindow          *Window // nil if it may restart at any time
	Flags                 []string
	Script                string
	CollectGarbage        bool
	CollectGarbageOptions string
	NH, NHClean           bool
	NHCleanArguments      string
	Before, After         []string // programs before it, and units after it
}

// A Window is a time of the day, "01:00" to "05:00".
type Window struct{ Lower, Upper string }

// Journal is journald's text, or its settings in releases that have those.
type Journal struct {
	Text     string
	Settings map[string]any
}

// Audit is the kernel's audit trail.
type Audit struct {
	Enable any // a bool or "lock"
	Daemon bool
	Rules  []string
	Config any // a text, or settings in releases that have those
}

// Logs are rsyslog's text and the files logrotate turns over.
type Logs struct {
	Rsyslog string
	Rotated map[string]map[string]any
}

// Metrics is the exporter of figures.
type Metrics struct {
	ListenAddress string
	OpenFirewall  bool
	Port          int
	Unit          MetricsUnit
}

// MetricsUnit is the exporter's unit, as far as it restarts and filters.
type MetricsUnit struct {
	After          []string
	IPAddressAllow any // words or a list of them, as its module wrote it
	IPAddressDeny  any
	Restart        string
	RestartSec     any // a number of seconds or a text
}

// A Timer is what runs by the clock.
type Timer struct {
	ExecStart   []string
	TimerConfig map[string]any
	WantedBy    []string
}

// A Unit is a service of a generated module.
type Unit struct {
	Run         string
	Environment map[string]string
	Sandbox     map[string]bool // settings that are on
}
