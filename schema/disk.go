package schema

// Disks is what stands between a host's data and whoever holds the machine:
// encryption, how it is unlocked, the boot loader and the mount options.
type Disks struct {
	Mode          Value[Mode]                     `yaml:"mode" doc:"Who writes it: generate, report or own."`
	LUKS          Map[MapperName, LUKS]           `yaml:"luks" doc:"Encrypted devices opened at boot, by their name below /dev/mapper."`
	RemoteUnlock  RemoteUnlock                    `yaml:"remote_unlock" doc:"Type the passphrase over SSH, while the host boots."`
	SecureBoot    SecureBoot                      `yaml:"secure_boot" doc:"Boot nothing but what the host's own keys signed, by Lanzaboote."`
	BootEditor    Value[bool]                     `yaml:"boot_editor" doc:"Let whoever is at the console change the kernel's parameters, and so become root."`
	EmergencyMode Value[bool]                     `yaml:"emergency_mode" doc:"Stop in a shell at the console when a mount fails, instead of booting on to where SSH lets people in."`
	Mounts        Map[AbsPath, List[MountOption]] `yaml:"mounts" doc:"Restrictions of mounts the host has: /home: [nosuid, nodev]. /dev/shm is one too."`
}

// LUKS is one encrypted device.
type LUKS struct {
	Device   Value[AbsPath] `yaml:"device,short" doc:"The device that holds the encrypted data, such as /dev/disk/by-partlabel/root."`
	TPM2     TPM2           `yaml:"tpm2" doc:"Let the host's TPM unlock it. The passphrase still does."`
	Discards Value[bool]    `yaml:"allow_discards" doc:"Tell the SSD which blocks are free. Shows how full the disk is."`
}

// TPM2 is a key in the host's TPM that opens an encrypted device for a system
// that was started as it was when the key was enrolled.
type TPM2 struct {
	Enable Value[bool] `yaml:"enable,short" doc:"Ask the TPM first. The key is enrolled once, on the host: systemd-cryptenroll."`
	PIN    Value[bool] `yaml:"pin" doc:"Ask for a PIN as well: the machine alone is not enough."`
	PCRs   List[PCR]   `yaml:"pcrs" doc:"What must be as it was at enrolment: registers of the TPM. Default: 7, Secure Boot and its keys."`
}

// PCR is the number of a register of a TPM, 0 to 23.
type PCR int

func (*PCR) what() string { return "a register of a TPM (a whole number from 0 to 23)" }

func (p *PCR) parse(tag, text string) error {
	n, err := whole(tag, text, p.what(), 0, 23)
	*p = PCR(n)
	return err
}

func (*PCR) shape(*shapes) shape { return shape{"type": "integer", "minimum": 0, "maximum": 23} }

// RemoteUnlock is the SSH server of the initrd. It can ask for passphrases and
// nothing else.
type RemoteUnlock struct {
	Enable     Value[bool]      `yaml:"enable" doc:"Listen for SSH until the disk is unlocked."`
	Port       Value[Port]      `yaml:"port" doc:"Its port: not one of ssh.ports, as its host key differs."`
	HostKey    Value[AbsPath]   `yaml:"host_key" doc:"Its private host key on the host, which ends up readable on the boot partition: never the one of sshd. Default: /etc/ssh/initrd_ed25519_key, on the mount that survives."`
	PublicKey  Value[PublicKey] `yaml:"public_key" doc:"The public half, by which clients of the fleet know that they tell their passphrase the right machine."`
	Keys       List[PublicKey]  `yaml:"keys" doc:"SSH public keys that may unlock. Default: those of the administrators."`
	NICModules List[ModuleName] `yaml:"nic_modules" doc:"Drivers of the network card (lspci -k), which the initrd does not find by itself."`
}

// SecureBoot is the signing of what the firmware boots.
type SecureBoot struct {
	Enable    Value[bool]    `yaml:"enable,short" doc:"Replace systemd-boot's entries by signed ones."`
	PKIBundle Value[AbsPath] `yaml:"pki_bundle" doc:"The folder of the signing keys, kept where the root is wiped."`
	Enroll    Value[bool]    `yaml:"enroll" doc:"Make keys, and put them into a firmware that is in setup mode, at the next boot."`
	Microsoft Value[bool]    `yaml:"microsoft_keys" doc:"Enrol Microsoft's keys too: graphics and network cards may hold firmware that they signed."`
}

// MountOption is a restriction of a mount (mount(8)).
type MountOption string

func (*MountOption) words() []string { return []string{"noexec", "nosuid", "nodev"} }

// MapperName is the name of a device below /dev/mapper.
type MapperName string

var mapperForm = newForm(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)

func (m *MapperName) parse(tag, text string) error {
	*m = MapperName(text)
	return pattern(tag, text, mapperForm, "a name below /dev/mapper")
}

func (*MapperName) shape(*shapes) shape {
	return shape{"type": "string", "pattern": mapperForm.String()}
}
