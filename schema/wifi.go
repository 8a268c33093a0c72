package schema

// Wifi is wireless networking by iwd.
type Wifi struct {
	Mode   Value[Mode]        `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable Value[bool]        `yaml:"enable" doc:"Use Wi-Fi, by iwd. The kernel's ciphers that it needs are left to it."`
	MAC    Value[WifiAddress] `yaml:"mac" doc:"The hardware address that access points see: network (one for each network), once (a new one whenever iwd starts) or real."`
}

// WifiAddress is the hardware address that access points see.
type WifiAddress string

func (*WifiAddress) words() []string { return []string{"network", "once", "real"} }
