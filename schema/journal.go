package schema

// Journal is how systemd's journal is kept. Where it is off, NixOS's own
// settings hold.
type Journal struct {
	Mode     Value[Mode]           `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable   Value[bool]           `yaml:"enable" doc:"Bound the journal, and keep it."`
	Storage  Value[JournalStorage] `yaml:"storage" doc:"persistent: on disk; volatile: in memory, gone at a reboot."`
	Size     Value[Size]           `yaml:"size" doc:"The most space it takes, 500M."`
	KeepDays Value[Count]          `yaml:"keep_days" doc:"Entries older than this are removed."`
	Burst    Value[Count]          `yaml:"burst" doc:"Messages of one service within the interval after which further ones are dropped, on a full disk; several times as many where there is room."`
	Interval Value[Duration]       `yaml:"interval" doc:"The interval of burst."`
}

// JournalStorage is where the journal lies.
type JournalStorage string

func (*JournalStorage) words() []string { return []string{"persistent", "volatile"} }

// Size is a number of bytes, 500M or 2G, as journald.conf(5) writes it.
type Size string

var sizeForm = newForm(`^[1-9][0-9]{0,5}[MG]$`)

func (*Size) what() string { return "a size such as 500M or 2G" }

func (s *Size) parse(tag, text string) error {
	*s = Size(text)
	return pattern(tag, text, sizeForm, s.what())
}

func (*Size) shape(*shapes) shape {
	return shape{"type": "string", "pattern": sizeForm.String()}
}
