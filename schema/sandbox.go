package schema

import (
	"fmt"
	"strconv"
)

// Sandbox confines one service by systemd: it may do nothing but what this
// allows. What the service's own module asks for otherwise gives way.
type Sandbox struct {
	Exposure     Value[Exposure]  `yaml:"exposure,short" doc:"How exposed it may be at most, as systemd-analyze security counts: 0.0 to 10.0. Default: what the rest comes to."`
	Network      Value[bool]      `yaml:"network" doc:"Use the network. Default: it may not."`
	Write        List[AbsPath]    `yaml:"write" doc:"Paths it may write, beside those systemd makes for it."`
	Home         Value[bool]      `yaml:"home" doc:"Read home directories. Default: they look empty."`
	Devices      List[AbsPath]    `yaml:"devices" doc:"Devices it may use, such as /dev/ttyUSB0."`
	Capabilities List[Capability] `yaml:"capabilities" doc:"What it may do of what only root may, such as CAP_NET_BIND_SERVICE."`
	Processes    Value[bool]      `yaml:"processes" doc:"See other processes, and the kernel's figures below /proc. Default: it sees its own."`
	JIT          Value[bool]      `yaml:"jit" doc:"Make code while it runs, as Java, Node.js and browsers do. Default: it may not."`
}

// Exposure is a figure of systemd-analyze security in tenths: 25 for 2.5.
type Exposure int

var exposureForm = newForm(`^(10(\.0)?|[0-9](\.[0-9])?)$`)

func (*Exposure) what() string { return "an exposure from 0.0 to 10.0, such as 2.5" }

func (e *Exposure) parse(tag, text string) error {
	if tag != "!!float" && tag != "!!int" || !exposureForm.MatchString(text) {
		return fmt.Errorf("%s is not %s", quote(text), e.what())
	}
	f, err := strconv.ParseFloat(text, 64)
	*e = Exposure(f*10 + 0.5)
	return err
}

func (*Exposure) shape(*shapes) shape {
	return shape{"type": "number", "minimum": 0, "maximum": 10, "multipleOf": 0.1}
}

// String returns the exposure as systemd-analyze writes it.
func (e Exposure) String() string { return fmt.Sprintf("%d.%d", e/10, e%10) }

// Capability is one of capabilities(7).
type Capability string

var capabilityForm = newForm(`^CAP_[A-Z]+(_[A-Z]+)*$`)

func (c *Capability) parse(tag, text string) error {
	*c = Capability(text)
	return pattern(tag, text, capabilityForm, "a capability such as CAP_NET_BIND_SERVICE")
}

func (*Capability) shape(*shapes) shape {
	return shape{"type": "string", "pattern": capabilityForm.String()}
}
