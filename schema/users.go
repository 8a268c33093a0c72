package schema

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// User is a person, or the account that deploys.
type User struct {
	Keys     List[PublicKey] `yaml:"keys" doc:"SSH public keys that log in as the user."`
	Admin    Value[bool]     `yaml:"admin" doc:"Member of wheel: may use sudo, and reads all secrets of the fleet."`
	Deploy   Value[bool]     `yaml:"deploy" doc:"The account deployments log in as: sudo without password."`
	Shell    Value[Shell]    `yaml:"shell" doc:"Login shell. Default: bash."`
	Password Value[Name]     `yaml:"password,secret" doc:"The secret holding the hashed password (mkpasswd -m yescrypt). Without it the account has none. A host with mutable_users that does not declare the secret keeps what passwd set."`
	Groups   List[UserName]  `yaml:"groups" doc:"Further groups."`
	Hosts    List[Member]    `yaml:"hosts" doc:"Hosts or roles where the user has an account. Default: all."`
	Comment  Value[Text]     `yaml:"description" doc:"The user's full name."`
	Login    Value[Login]    `yaml:"tailnet_login" doc:"Login name in the tailnet, such as ann@example.org: then access rules for the user hold on all of the user's devices there."`
}

// Accounts is the concern of accounts, sudo and Nix on a host.
type Accounts struct {
	Mode          Value[Mode]      `yaml:"mode" doc:"Who writes it: generate, report or own."`
	SudoPassword  Value[bool]      `yaml:"sudo_password" doc:"Admins type their password for sudo. The deploy user never does."`
	NixUsers      List[NixUser]    `yaml:"nix_users" doc:"Who may use Nix: user names, or @group."`
	SigningKeys   List[SigningKey] `yaml:"signing_keys" doc:"Public keys whose signed store paths are accepted, as a deployment needs them."`
	MutableUsers  Value[bool]      `yaml:"mutable_users" doc:"Let passwd and useradd change accounts beside the document."`
	RootKeys      List[PublicKey]  `yaml:"root_keys" doc:"SSH public keys that log in as root, where ssh.root_login allows it."`
	RootPassword  Value[Name]      `yaml:"root_password,secret" doc:"The secret holding root's hashed password, for the console."`
	ConsoleRescue Value[bool]      `yaml:"console_login" doc:"Someone must be able to log in at the console. false if a rescue system does instead."`
}

// Shell is a login shell.
type Shell string

func (*Shell) words() []string { return []string{"bash", "zsh", "fish"} }

// NixUser is a user or @group in nix.conf.
type NixUser string

var nixUserForm = newForm(`^(\*|@?[a-z_][a-z0-9_-]{0,30})$`)

func (n *NixUser) parse(tag, text string) error {
	*n = NixUser(text)
	return pattern(tag, text, nixUserForm, "a user name or @group")
}

func (*NixUser) shape(*shapes) shape {
	return shape{"type": "string", "pattern": nixUserForm.String()}
}

// SigningKey is the public half of a Nix signing key, name:base64.
type SigningKey string

var signingForm = newForm(`^[A-Za-z0-9._-]+:[A-Za-z0-9+/]{43}=$`)

func (k *SigningKey) parse(tag, text string) error {
	*k = SigningKey(text)
	return pattern(tag, text, signingForm, "the public half of a Nix signing key (name:base64)")
}

func (*SigningKey) shape(*shapes) shape {
	return shape{"type": "string", "pattern": signingForm.String()}
}

// PublicKey is an SSH public key as authorized_keys has it, options allowed.
type PublicKey struct {
	Text    string // the whole line
	Type    string // "ssh-ed25519"
	Blob    string // base64 of the key
	Comment string
	Options []string // as authorized_keys(5)
	Bits    int      // of an RSA key
}

// Fingerprint returns the SHA-256 of the key as ssh shows it, "SHA256:…".
func (k PublicKey) Fingerprint() string {
	blob, err := base64.StdEncoding.DecodeString(k.Blob)
	if err != nil {
		return "" // not of a key that was read
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// keyTypes are the keys sshd accepts from users; DSA is gone since OpenSSH 10.
var keyTypes = []string{
	"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
}

func (*PublicKey) what() string { return "an SSH public key" }

func (k *PublicKey) parse(tag, text string) error {
	if err := plain(tag, text); err != nil {
		return err
	}
	key, comment, options, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return problem{quote(text) + " is not an SSH public key", "it is the line of a .pub file: ssh-ed25519 AAAA… name"}
	}
	blob := base64.StdEncoding.EncodeToString(key.Marshal())
	words := strings.Fields(text)
	if i := slices.Index(words, blob); i < 1 || words[i-1] != key.Type() {
		// The type in front must be that of the key inside, or sshd skips the line.
		return fmt.Errorf("the type in front of the key is not that of the key, %s", key.Type())
	}
	if !slices.Contains(keyTypes, key.Type()) {
		return problem{key.Type() + " keys are not accepted", "use an ssh-ed25519 key"}
	}
	*k = PublicKey{Text: text, Type: key.Type(), Blob: blob, Comment: comment, Options: options}
	if crypto, ok := key.(ssh.CryptoPublicKey); ok {
		if rsa, ok := crypto.CryptoPublicKey().(interface{ Size() int }); ok {
			k.Bits = rsa.Size() * 8
		}
	}
	return nil
}

// String returns the line of the key.
func (k PublicKey) String() string { return k.Text }

func (*PublicKey) shape(*shapes) shape {
	return shape{"type": "string", "pattern": `^([^\p{C}\p{Zl}\p{Zp}]* )?(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ +AAAA[^\p{C}\p{Zl}\p{Zp}]*$`}
}
