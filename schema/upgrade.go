package schema

// Upgrade is how a host gets a newer system.
type Upgrade struct {
	Mode     Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable   Value[bool]     `yaml:"enable" doc:"The host upgrades itself on a schedule."`
	Flake    Value[FlakeRef] `yaml:"flake" doc:"The flake that holds the host, such as github:example/infra. Whoever may write to it is root on the host."`
	At       Value[Schedule] `yaml:"at" doc:"When: a time of a weekday, Sun 04:40, or of every day, 04:40."`
	Spread   Value[Duration] `yaml:"spread" doc:"The start is put off by a random time up to this, so that not all hosts upgrade at once."`
	Reboot   Value[bool]     `yaml:"reboot" doc:"Reboot by itself when the kernel or the initrd is new."`
	Window   Value[Window]   `yaml:"window" doc:"When it may reboot, 04:00-06:00."`
	Confirm  Value[bool]     `yaml:"confirm" doc:"After an upgrade and after the boot into it, the selfcheck decides: if it fails, the host returns to the system before."`
	NH       Value[bool]     `yaml:"nh" doc:"Install nh, to upgrade by hand."`
	Checkout Value[AbsPath]  `yaml:"checkout" doc:"The folder of the flake that nh upgrades from."`
	Clean    Value[bool]     `yaml:"clean" doc:"Remove old generations every week, where the host upgrades itself or has nh."`
	KeepDays Value[Count]    `yaml:"keep_days" doc:"Generations younger than this are kept."`
}

// FlakeRef is where a flake is, without the name of an output.
type FlakeRef string

// NixOS writes the reference into a shell script as it is, so it holds nothing
// that a shell reads; and a user in front of a host could be a token.
var flakeForm = newForm(`^((github|gitlab|sourcehut):~?[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(/[A-Za-z0-9_./-]+)?` +
	`|git\+(https://|ssh://([a-z_][a-z0-9_-]*@)?)[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_.~-]+)+(\?(ref|rev)=[A-Za-z0-9_./-]+)?` +
	`|(/[A-Za-z0-9_.-]+)+)$`)

func (*FlakeRef) what() string {
	return "a flake such as github:example/infra or git+ssh://git@host/infra"
}

func (f *FlakeRef) parse(tag, text string) error {
	*f = FlakeRef(text)
	return pattern(tag, text, flakeForm, f.what())
}

func (*FlakeRef) shape(*shapes) shape {
	return shape{"type": "string", "pattern": flakeForm.String()}
}
