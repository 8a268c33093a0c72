package schema

// NixosContainer is a box for services: a NixOS system of its own under
// systemd-nspawn, with its own network, users and files.
type NixosContainer struct {
	Addresses List[Addr]            `yaml:"addresses,short" doc:"Its own addresses, such as 10.233.1.2. The host's end of the cable is the address before."`
	Serves    List[Name]            `yaml:"serves" doc:"Services that the host hands on to it. Who may use them is for access rules to say."`
	Secrets   List[Name]            `yaml:"secrets" doc:"Secrets of the host that it gets as credentials; a unit inside takes one by LoadCredential = NAME."`
	Binds     Map[AbsPath, BindDir] `yaml:"binds" doc:"Folders of the host that it sees, by their path inside."`
	Start     Value[bool]           `yaml:"start" doc:"Start it with the host. Default: true."`
	Ephemeral Value[bool]           `yaml:"ephemeral" doc:"Forget everything but binds at every start. Default: false."`
}

// BindDir is a folder of a host that a container sees.
type BindDir struct {
	From  Value[AbsPath] `yaml:"from,short" doc:"The folder on the host. Default: the same path."`
	Write Value[bool]    `yaml:"write" doc:"Whether the container may change it. Default: it may only read."`
}
