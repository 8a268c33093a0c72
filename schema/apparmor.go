package schema

// AppArmor confines programs. NixOS ships no policy for it.
type AppArmor struct {
	Mode     Value[Mode]                `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable   Value[bool]                `yaml:"enable" doc:"Turn AppArmor on. It takes a reboot, and confines what policies name."`
	Policies Map[Name, AppArmorProgram] `yaml:"policies" doc:"Packages whose programs are confined, by name."`
}

// AppArmorProgram confines the programs of one package: they never read keys,
// and reach the network only if they may.
type AppArmorProgram struct {
	State   Value[AppArmorState] `yaml:"state,short" doc:"enforce, or complain, which logs what enforce would refuse. Default: enforce."`
	Package Value[Name]          `yaml:"package" doc:"The package's name in the Nix store, without the version. Default: the policy's name."`
	Network Value[bool]          `yaml:"network" doc:"Whether it may use the internet and the LAN. Default: it may not."`
}

// AppArmorState is what becomes of what a policy does not allow.
type AppArmorState string

func (*AppArmorState) words() []string { return []string{"enforce", "complain"} }
