package schema

// Swap is where memory goes that does not fit, and how it is kept from being
// read on the disk.
type Swap struct {
	Mode   Value[Mode]     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	By     Value[SwapKind] `yaml:"by" doc:"none (the host's own configuration decides), zram (compressed memory, nothing reaches a disk), random_key (a partition encrypted anew at every boot) or luks (a device of disk.luks, which hibernation needs)."`
	Device Value[AbsPath]  `yaml:"device" doc:"random_key: the partition, by its partition's name or UUID, /dev/disk/by-partlabel/swap; all it holds is lost. luks: the opened device, /dev/mapper/cryptswap."`
	Size   Value[Percent]  `yaml:"size" doc:"zram: the most memory it compresses, of a hundred."`
}

// SwapKind is how swap is kept from being read.
type SwapKind string

// The kinds of swap.
const (
	NoSwap        SwapKind = "none"
	ZRAM          SwapKind = "zram"
	RandomKeySwap SwapKind = "random_key"
	LUKSSwap      SwapKind = "luks"
)

func (*SwapKind) words() []string {
	return []string{string(NoSwap), string(ZRAM), string(RandomKeySwap), string(LUKSSwap)}
}

// Percent is a part of a hundred, 1 to 100.
type Percent int

func (*Percent) what() string { return "a part of a hundred (a whole number from 1 to 100)" }

func (p *Percent) parse(tag, text string) error {
	n, err := whole(tag, text, p.what(), 1, 100)
	*p = Percent(n)
	return err
}

func (*Percent) shape(*shapes) shape { return shape{"type": "integer", "minimum": 1, "maximum": 100} }
