package schema

import (
	"fmt"
	"strconv"
)

// Kernel is the hardening of a host's kernel.
type Kernel struct {
	Mode           Value[Mode]                       `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Hardening      Value[Hardening]                  `yaml:"hardening,short" doc:"The set of parameters, sysctls and blocked modules: off, basic, workstation, server or high-security."`
	SMT            Value[SMT]                        `yaml:"smt" doc:"Hyper-threading: auto (off only on CPUs whose bugs need it), keep, or off."`
	LockModules    Value[bool]                       `yaml:"lock_modules" doc:"No module can be loaded once the system is up."`
	ProtectImage   Value[bool]                       `yaml:"protect_image" doc:"No kexec and no hibernation."`
	UserNamespaces Value[bool]                       `yaml:"user_namespaces" doc:"Let users create namespaces; browsers, Nix builds and many services need them."`
	IA32           Value[bool]                       `yaml:"ia32" doc:"Run 32-bit programs."`
	Hibernation    Value[bool]                       `yaml:"hibernation" doc:"The host hibernates."`
	Lockdown       Value[Lockdown]                   `yaml:"lockdown" doc:"Kernel lockdown. Does nothing on NixOS's own kernels: needs custom."`
	ModuleSigning  Value[bool]                       `yaml:"module_signing" doc:"Refuse unsigned modules. Does nothing on NixOS's own kernels: needs custom."`
	Custom         List[KernelFeature]               `yaml:"custom" doc:"What a kernel of your own is built with: lockdown, module_signing."`
	Features       List[Feature]                     `yaml:"features" doc:"What the host uses, so that its modules are not blocked: iwd, bluetooth, thunderbolt, usb_storage, …"`
	Block          List[ModuleName]                  `yaml:"block" doc:"Further modules to block."`
	Sysctl         Map[SysctlKey, Value[SysctlText]] `yaml:"sysctl" doc:"Sysctls beside or instead of the set's."`
	Params         List[KernelParam]                 `yaml:"params" doc:"Further kernel parameters."`
}

// Hardening names a set of kernel settings.
type Hardening string

func (*Hardening) words() []string {
	return []string{"off", "basic", "workstation", "server", "high-security"}
}

// SMT is what becomes of hyper-threading.
type SMT string

func (*SMT) words() []string { return []string{"auto", "keep", "off"} }

// Lockdown is a mode of the kernel's lockdown module.
type Lockdown string

func (*Lockdown) words() []string { return []string{"none", "integrity", "confidentiality"} }

// KernelFeature is something a kernel of one's own is built with.
type KernelFeature string

func (*KernelFeature) words() []string { return []string{"lockdown", "module_signing"} }

// Feature is something a host uses that blocked modules would break.
type Feature string

func (*Feature) words() []string { return Features() }

// Features are all features a document can name.
func Features() []string {
	return []string{ // those that gen/kernel frees modules for
		"afs", "azure", "batman", "bluetooth", "can", "ceph", "cifs", "cluster_fs", "comedi", "drbd", "dsl", "f2fs",
		"firewire", "gamepad", "hamradio", "hfs", "ipsec_pfkey", "iwd", "ksmbd", "l2tp", "modem", "mpls", "nbd", "nfc",
		"nfs", "ntfs", "optical", "parallel_port", "pptp", "printing", "sctp", "tape", "thermald", "thunderbolt",
		"turbostat", "usb_storage", "usb_tethering", "webcam",
	}
}

// ModuleName is the name of a kernel module.
type ModuleName string

var moduleForm = newForm(`^[A-Za-z0-9][A-Za-z0-9_-]{0,54}$`)

func (m *ModuleName) parse(tag, text string) error {
	*m = ModuleName(text)
	return pattern(tag, text, moduleForm, "the name of a kernel module")
}

func (*ModuleName) shape(*shapes) shape {
	return shape{"type": "string", "pattern": moduleForm.String()}
}

// KernelParam is one word of the kernel's command line.
type KernelParam string

var paramForm = newForm(`^[A-Za-z0-9_.-]+(=[A-Za-z0-9_.,:/+@-]*)?$`)

func (p *KernelParam) parse(tag, text string) error {
	*p = KernelParam(text)
	return pattern(tag, text, paramForm, "a kernel parameter (name or name=value, one word)")
}

func (*KernelParam) shape(*shapes) shape {
	return shape{"type": "string", "pattern": paramForm.String()}
}

// SysctlText is the value of a sysctl: a whole number, or a text for keys of
// several numbers.
type SysctlText struct {
	Text   string
	Number bool
}

var (
	sysctlNumber = newForm(`^(0|-?[1-9][0-9]{0,17})$`)
	sysctlForm   = newForm(`^[A-Za-z0-9_ .,:/|%+-]+$`)
)

// String returns the value as sysctl spells it.
func (s SysctlText) String() string { return s.Text }

func (*SysctlText) what() string { return "a whole number or a text" }

func (s *SysctlText) parse(tag, text string) error {
	switch tag {
	case "!!int":
		if _, err := strconv.ParseInt(text, 10, 64); err != nil || !sysctlNumber.MatchString(text) {
			return fmt.Errorf("%s is not a whole number", quote(text))
		}
		*s = SysctlText{text, true}
		return nil
	case "!!str":
		*s = SysctlText{Text: text}
		return pattern(tag, text, sysctlForm, "the value of a sysctl")
	}
	return fmt.Errorf("%s is not a whole number or a text", quote(text))
}

func (*SysctlText) shape(*shapes) shape {
	return shape{"type": []string{"integer", "string"}, "pattern": sysctlForm.String()}
}

// SysctlKey is the name of a sysctl, with * for any one part.
type SysctlKey string

// Parts are separated by dots; a slash stands for a dot inside a part, as in
// net.ipv4.conf.eth0/1.forwarding (sysctl.d(5)).
var sysctlKeyForm = newForm(`^[a-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_*:@/-]+)+$`)

func (k *SysctlKey) parse(tag, text string) error {
	*k = SysctlKey(text)
	return pattern(tag, text, sysctlKeyForm, "the name of a sysctl")
}

func (*SysctlKey) shape(*shapes) shape {
	return shape{"type": "string", "pattern": sysctlKeyForm.String()}
}
