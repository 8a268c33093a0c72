package schema

// Persistence is what survives a reboot on a host whose root is wiped.
type Persistence struct {
	Mode        Value[Mode]               `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable      Value[bool]               `yaml:"enable" doc:"The root file system is wiped at every boot."`
	By          Value[Keeper]             `yaml:"by" doc:"The NixOS module that keeps it: impermanence, or preservation, which needs no activation scripts."`
	Path        Value[AbsPath]            `yaml:"path" doc:"The mount that survives. Default: /persist."`
	Root        Value[Root]               `yaml:"root" doc:"How the root is wiped: tmpfs (nothing to do), btrfs (a subvolume is replaced) or zfs (rolled back)."`
	Device      Value[AbsPath]            `yaml:"device" doc:"btrfs: the device that holds the root subvolume, such as /dev/mapper/cryptroot."`
	Subvolume   Value[Subvolume]          `yaml:"subvolume" doc:"btrfs: the root subvolume. Default: root."`
	Dataset     Value[Dataset]            `yaml:"dataset" doc:"zfs: the blank snapshot, pool/root@blank."`
	Directories List[AbsPath]             `yaml:"directories" doc:"Further directories to keep. What enabled services need is kept by itself."`
	Files       List[AbsPath]             `yaml:"files" doc:"Further files to keep."`
	Forget      Map[AbsPath, Value[Text]] `yaml:"forget" doc:"State that may be lost, and why: /var/lib/x: reason."`
}

// Root is how a root file system is wiped.
type Root string

func (*Root) words() []string { return []string{"tmpfs", "btrfs", "zfs"} }

// Keeper is the project whose module keeps what survives.
type Keeper string

// The projects that keep state: nix-community/impermanence and
// nix-community/preservation.
const (
	Impermanence Keeper = "impermanence"
	Preservation Keeper = "preservation"
)

func (*Keeper) words() []string { return []string{string(Impermanence), string(Preservation)} }

// Dataset is a ZFS snapshot, pool/name@snapshot.
type Dataset string

var datasetForm = newForm(`^[A-Za-z][A-Za-z0-9_.:-]*(/[A-Za-z0-9_.:-]+)*@[A-Za-z0-9_.:-]+$`)

func (s *Dataset) parse(tag, text string) error {
	*s = Dataset(text)
	return pattern(tag, text, datasetForm, "a ZFS snapshot, pool/name@snapshot")
}

func (*Dataset) shape(*shapes) shape {
	return shape{"type": "string", "pattern": datasetForm.String()}
}

// Subvolume is the path of a btrfs subvolume.
type Subvolume string

var subvolumeForm = newForm(`^[A-Za-z0-9@_][A-Za-z0-9@_.-]*(/[A-Za-z0-9@_][A-Za-z0-9@_.-]*)*$`)

func (s *Subvolume) parse(tag, text string) error {
	*s = Subvolume(text)
	return pattern(tag, text, subvolumeForm, "the path of a btrfs subvolume")
}

func (*Subvolume) shape(*shapes) shape {
	return shape{"type": "string", "pattern": subvolumeForm.String()}
}
