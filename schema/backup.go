package schema

// Backup is what restic carries off a host, every day.
type Backup struct {
	Mode        Value[Mode]        `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable      Value[bool]        `yaml:"enable" doc:"Back the host up."`
	Repository  Value[Name]        `yaml:"repository,secret" doc:"The secret holding the address of the repository, as restic -r takes it."`
	Password    Value[Name]        `yaml:"password,secret" doc:"The secret holding the password that encrypts the repository."`
	Environment Value[Name]        `yaml:"environment,secret" doc:"The secret holding what the storage asks for, KEY=value lines such as AWS_ACCESS_KEY_ID."`
	SSHKey      Value[Name]        `yaml:"ssh_key,secret" doc:"The secret holding the SSH key that opens an sftp repository."`
	Service     Value[Name]        `yaml:"service" doc:"How the repository is reached: ssh, https or another service, or disk for one attached to the host."`
	Over        Value[Side]        `yaml:"over" doc:"The side of the host that leads to the repository. Default: lan or wan."`
	Paths       List[AbsPath]      `yaml:"paths" doc:"What is backed up. Default: the mount that survives, on a host whose root is wiped."`
	Exclude     List[AbsPath]      `yaml:"exclude" doc:"What is left out."`
	Compression Value[Compression] `yaml:"compression" doc:"How hard restic compresses: off, auto or max."`
	At          Value[Schedule]    `yaml:"at" doc:"When: a time of day, 01:30, or one of a weekday, Sun 01:30."`
	Spread      Value[Duration]    `yaml:"spread" doc:"The start is put off by a random time up to this."`
	Daily       Value[Count]       `yaml:"daily" doc:"Daily snapshots that are kept."`
	Weekly      Value[Count]       `yaml:"weekly" doc:"Weekly snapshots that are kept."`
	Monthly     Value[Count]       `yaml:"monthly" doc:"Monthly snapshots that are kept."`
	Prune       Value[bool]        `yaml:"prune" doc:"Remove old snapshots from here. false where the storage only lets hosts add, and removes itself."`
	Check       Value[bool]        `yaml:"check" doc:"Check the repository after every backup, and read back a part of it."`
	Drill       RestoreDrill       `yaml:"drill" doc:"A restore that is tried by a timer."`
}

// RestoreDrill is a restore that is tried: a sample comes back into a private
// folder, is compared with the original, and removed.
type RestoreDrill struct {
	Sample Value[AbsPath]  `yaml:"sample,short" doc:"The file or folder of the backup that is restored; one that seldom changes. Without it nothing is tried."`
	At     Value[Schedule] `yaml:"at" doc:"When: a time of day, or one of a weekday, Sun 06:30."`
}

// Disk is the service of a repository that no network leads to.
const Disk = "disk"

// Compression is how hard restic compresses.
type Compression string

func (*Compression) words() []string { return []string{"off", "auto", "max"} }
