package gen_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/nixmodules"
)

const refresh = "PANTHERCTL_NIXPKGS=… PANTHERCTL_MODULES=… go test ./gen -run 'TestGolden|TestFacts' -update"

// TestFacts keeps the committed facts true to the committed text. Where NixOS
// is at hand it evaluates the hosts and wants the facts that are committed;
// everywhere it wants facts made of this text.
func TestFacts(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			fleet, files := e.generate(t)
			t.Run("evaluated", func(t *testing.T) {
				got := withOptions(t, fleet, files)
				if *update {
					save(t, e.dir, []gen.File{{"facts.json", []byte(got)}, {"facts.sum", []byte(sum(t, files))}})
				}
				if diff := cmp.Diff(lines(readText(t, e.dir, "facts.json")), lines(got)); diff != "" {
					t.Errorf("the committed facts are not those of NixOS (-want +got)\n%s", diff)
				}
			})
			t.Run("current", func(t *testing.T) {
				if readText(t, e.dir, "facts.sum") != sum(t, files) {
					t.Errorf("%s/facts.json comes from another text than is generated now; refresh it: %s", e.dir, refresh)
				}
			})
		})
	}
}

// sum is the SHA-256 of everything facts are made of: the generated text but for
// the tests and the policy of the tailnet, which Nix does not read, and the Nix
// that evaluates it.
func sum(t *testing.T, files []gen.File) string {
	files = slices.DeleteFunc(slices.Clone(files), func(f gen.File) bool {
		return f.Path == gen.TailnetFile || strings.HasPrefix(f.Path, "tests/")
	})
	files = append(files,
		gen.File{"facts.nix", nixmodules.Facts()},
		gen.File{"definitions.nix", nixmodules.Definitions},
		gen.File{"evaluate.nix", []byte(readText(t, "../nixmodules/evaluate.nix"))},
		gen.File{"kernel.double.nix", []byte(readText(t, "testdata/kernel.double.nix"))},
		gen.File{"containers.double.nix", []byte(readText(t, "testdata/containers.double.nix"))},
		gen.File{"eval-config.double.nix", []byte(readText(t, "testdata/eval-config.double.nix"))},
		gen.File{"apps.double.nix", []byte(readText(t, "testdata/apps.double.nix"))},
		gen.File{"preservation.double.nix", []byte(readText(t, "testdata/preservation.double.nix"))},
		gen.File{"units.nix", []byte(readText(t, "testdata/units.nix"))},
	)
	slices.SortFunc(files, func(a, b gen.File) int { return strings.Compare(a.Path, b.Path) })
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%x  %s\n", sha256.Sum256(f.Data), f.Path)
	}
	return fmt.Sprintf("%x\n", h.Sum(nil))
}

// withOptions returns the facts of a fleet as check --save-facts has them: with
// who set what, an option a line, and the digests of what was wanted.
func withOptions(t *testing.T, fleet *policy.Fleet, files []gen.File) string {
	t.Helper()
	policies, err := gen.Modules(fleet, fleet.Hosts)
	if err != nil {
		t.Fatal(err)
	}
	text, err := evaluation{policies: policies}.of(t, files, "kernel.double.nix")
	if err != nil {
		t.Fatal(err)
	}
	var hosts map[string]map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &hosts); err != nil {
		t.Fatal(err)
	}
	wants := gen.NewWants(fleet)
	var options []string // in the place of which a number stands
	for _, h := range fleet.Hosts {
		var all []json.RawMessage
		if err := json.Unmarshal(hosts[h.Name]["options"], &all); err != nil {
			t.Fatal(err)
		}
		for i, option := range all {
			var line bytes.Buffer
			if err := json.Compact(&line, option); err != nil {
				t.Fatal(err)
			}
			options = append(options, line.String())
			all[i] = fmt.Appendf(nil, `"option %d"`, len(options)-1)
		}
		if hosts[h.Name]["digests"], err = json.Marshal(wants.Digests(h)); err != nil {
			t.Fatal(err)
		}
		if hosts[h.Name]["options"], err = json.Marshal(all); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(hosts); err != nil {
		t.Fatal(err)
	}
	return optionLine.ReplaceAllStringFunc(strings.TrimSpace(b.String()), func(number string) string {
		i, _ := strconv.Atoi(strings.Trim(strings.TrimPrefix(number, `"option `), `"`))
		return options[i]
	})
}

var optionLine = regexp.MustCompile(`"option \d+"`)

// facts are what nixmodules/facts says of a host, as far as tests ask.
type facts struct {
	Assertions, Warnings []string

	SSHD struct {
		Enable, OpenFirewall bool
		Config               string
		HostKeys             []struct{ Path, Type string }
		Settings             map[string]any
		AuthorizedKeysFiles  []string
	}
	Firewall struct {
		openPorts
		Enable, FilterForward bool
		CheckReversePath      any
		TrustedInterfaces     []string
		Interfaces            map[string]openPorts
	}
	NFTables struct {
		Enable, FlushRuleset bool
		Ruleset              string
		Tables               map[string]struct{ Family, Content string }
	}
	Network struct {
		EnableIPv6 bool
		NAT        struct{ Enable bool }
	}
	Fail2ban struct {
		Enable bool
		Jails  string
	}
	AppArmor struct {
		Enable   bool
		Policies map[string]string
	}
	Timers map[string]struct {
		TimerConfig         map[string]any
		WantedBy, ExecStart []string
	}
	Kernel struct {
		ExtraModprobeConfig, Softdeps                   string
		BlacklistedKernelModules, KernelParams, Modules []string
		Sysctl                                          map[string]any
		SystemdSysctl, LockModules                      bool
	}
	Users struct {
		MutableUsers bool
		Accounts     map[string]account
	}
	Sudo struct {
		ExecWheelOnly bool
		Config        string
	}
	Tailscale struct {
		Enable, OpenFirewall        bool
		ExtraUpFlags, ExtraSetFlags []string
		UseRoutingFeatures          string
		AuthKeyFile                 string
	}
	Backups map[string]struct {
		Initialize  bool
		Paths       []string
		Commands    []string
		Environment map[string]string
		TimerConfig struct {
			OnCalendar, RandomizedDelaySec string
			Persistent                     bool
		}
	}
	Upgrade struct {
		Enable, AllowReboot, CollectGarbage, NH, NHClean bool
		Dates, RandomizedDelaySec, Script                string
		CollectGarbageOptions, NHCleanArguments          string
		Flags, Before, After                             []string
		RebootWindow                                     struct{ Lower, Upper string }
	}
	Journal struct {
		Text     string
		Settings map[string]any
	}
	Wifi struct {
		Enable   bool
		Backend  string
		Settings map[string]map[string]any
	}
	Audit struct {
		Enable any
		Daemon bool
		Rules  []string
		Config any // a text, or settings where NixOS has them
	}
	Logs struct {
		Rsyslog string
		Rotated map[string]map[string]any
	}
	Metrics struct {
		ListenAddress string
		OpenFirewall  bool
		Port          int
		Unit          struct {
			After, IPAddressAllow  []string
			IPAddressDeny, Restart string
			RestartSec             int
		}
	}
	Applications struct {
		BackupWants []string
		PostgreSQL  struct {
			Authentication          string
			PasswordEncryption      string
			ListenAddresses         string
			Port                    int
			EnsureDatabases, Owners []string
			Passwords               struct {
				After, Requires, WantedBy []string
				Script                    string
				ServiceConfig             map[string]any
			}
			Dump struct {
				BackupAll, Enable bool
				Location          string
				StartAt           any
			}
		}
		AdGuard struct {
			Host                          string
			MutableSettings, OpenFirewall bool
			Port                          int
			Settings                      struct {
				DNS struct {
					BindHosts []string `json:"bind_hosts"`
					Port      int
				}
				Filters []struct{ Enabled bool }
				Users   []struct{ Name, Password string }
			}
			Unit struct{ ServiceConfig map[string]any }
		}
		Vaultwarden struct {
			BackupDir, EnvironmentFile string
			Config                     map[string]any
			Unit                       struct{ ServiceConfig map[string]any }
		}
		Tunnels map[string]struct {
			CredentialsFile, Default string
			Ingress                  map[string]any
			Unit                     struct{ ServiceConfig map[string]any }
		}
	}
	Caddy struct {
		Config       string
		EnableReload bool
		Unit         webUnit
	}
	Traefik struct {
		Static, Dynamic map[string]any
		Unit            webUnit
	}
	Authelia map[string]struct {
		Settings map[string]any
		Unit     webUnit
	}
	Certificates map[string]struct {
		CredentialFiles           map[string]string
		DNSProvider, Email, Group string
		ExtraDomainNames          []string
	}
	Notified []string
	Units    map[string]unit
	Derper   struct {
		Domain                      string
		OpenFirewall, VerifyClients bool
		Certificates                []string
	}
	SSHCertificates struct {
		Files       map[string]struct{ Mode, Text string }
		Authorities map[string]struct {
			PublicKey string
			HostNames []string
		}
	}
	Lockdown struct {
		Ruleset string
		Boot    struct {
			Before, WantedBy []string
			UnitConfig       map[string]any
		}
	}
	SSH struct {
		Config     string
		KnownHosts map[string]struct {
			HostNames []string
			PublicKey string
		}
		OnePassword       bool
		OnePasswordOwners []string
		StartAgent        bool
	}
	Boot struct {
		Editor, EmergencyMode, SystemdBoot, SystemdInitrd bool
		InitrdEmergencyAccess                             any
		LUKS                                              map[string]string
		LUKSOptions                                       map[string][]string
		ShmOptions                                        []string
		Wipe                                              string
	}
	Swap struct {
		Devices []struct {
			Device    string
			RandomKey bool
		}
		Resume      string
		ZRAM        bool
		ZRAMPercent int
	}
	Time struct {
		Enable, NTS, Timesyncd bool
		Servers                []string
		ExtraConfig            string
	}
	RemoteUnlock struct {
		AuthorizedKeys, HostKeys []string
		Config                   string
		Network                  bool
		Networks                 map[string]any
		Port                     int
	}
	SecureBoot struct {
		Enable, Enroll, MicrosoftKeys bool
		Loader                        map[string]any
		PKIBundle                     string
	}
	Containers map[string]struct {
		AutoStart, Ephemeral, PrivateNetwork                   bool
		ExtraFlags, After, RestartTriggers                     []string
		HostAddress, HostAddress6, LocalAddress, LocalAddress6 string
		PrivateUsers                                           string
		Binds                                                  map[string]struct {
			HostPath   string
			IsReadOnly bool
		}
		Inside struct {
			openPorts
			Assertions           []string
			Firewall, EnableIPv6 bool
			StateVersion         string
		}
	}
	Sandboxed   map[string]map[string]any
	FileSystems map[string]struct {
		NeededForBoot bool
		Options       []string
	}
	State map[string]struct {
		DynamicUser bool
		Directories []string
	}
	Age struct {
		IdentityPaths []string
		Secrets       map[string]struct{ File, Path, Owner, Group, Mode string }
	}
	Onepassword struct {
		TokenFile string
		Paths     map[string]string
	}
	Persistence  map[string]struct{ Directories, Files []string }
	Preservation struct{ Directories, Files []preserved }
}

type openPorts struct {
	AllowedTCPPorts, AllowedUDPPorts           []int
	AllowedTCPPortRanges, AllowedUDPPortRanges []struct{ From, To int }
}

type unit struct {
	Run         string
	Environment map[string]string
	Sandbox     map[string]bool
}

type webUnit struct {
	After, Credentials, Capabilities []string
	Environment                      map[string]string
	ProtectSystem                    string
}

type account struct {
	ExtraGroups, Keys []string
	PasswordFile      string
	PasswordOptions   []string
	Locked            bool
	IsNormalUser      bool
}

// facts reads the committed facts of a fleet, by host.
func (e example) facts(t *testing.T) map[string]*facts {
	t.Helper()
	return parseFacts(t, readText(t, e.dir, "facts.json"))
}

func parseFacts(t *testing.T, text string) map[string]*facts {
	t.Helper()
	var hosts map[string]*facts
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&hosts); err != nil {
		t.Fatal(err)
	}
	return hosts
}

// sysctls are the values of the facts as /proc/sys takes them.
func (f *facts) sysctls() map[string]string {
	values := make(map[string]string, len(f.Kernel.Sysctl))
	for key, value := range f.Kernel.Sysctl {
		switch value {
		case true:
			value = 1
		case false:
			value = 0
		}
		values[key] = fmt.Sprint(value)
	}
	return values
}
