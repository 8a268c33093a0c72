package schema

import (
	"fmt"
	"strings"
)

// Secret is a secret a host decrypts: by agenix from an encrypted file, or by
// opnix from 1Password.
type Secret struct {
	File      Value[SecretFile] `yaml:"file" doc:"The encrypted file in the folder of secrets. Default: NAME.age."`
	Reference Value[OpRef]      `yaml:"reference,short" doc:"Where 1Password has it, op://vault/item/field. Then opnix fetches it, once there is a network."`
	Owner     Value[UserName]   `yaml:"owner" doc:"Who may read it. Default: root."`
	Group     Value[UserName]   `yaml:"group" doc:"The group that may read it. Default: root."`
	FileMode  Value[FileMode]   `yaml:"mode" doc:"Its permissions. Default: '0400'."`
	Units     List[UnitName]    `yaml:"units" doc:"Services that read it, restarted when it changes."`
	ReadBy    List[PublicKey]   `yaml:"read_by" doc:"Further keys that can decrypt the file."`
}

// SecretFile is a relative path of an .age file.
type SecretFile string

var secretFileForm = newForm(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.age$`)

func (f *SecretFile) parse(tag, text string) error {
	*f = SecretFile(text)
	return pattern(tag, text, secretFileForm, "a relative path that ends in .age")
}

func (*SecretFile) shape(*shapes) shape {
	return shape{"type": "string", "pattern": secretFileForm.String()}
}

// A part of a reference may hold blanks inside, and nothing that a shell or a
// quoted text would read as more than a letter.
const opRefPart = "[^\\s\\p{C}/\"$`\\\\]+( +[^\\s\\p{C}/\"$`\\\\]+)*"

var opRefForm = newForm("^op://" + opRefPart + "(/" + opRefPart + "){2,3}$")

// OpRef is a 1Password secret reference, op://vault/item[/section]/field.
type OpRef string

func (*OpRef) what() string { return "a 1Password reference, op://vault/item/field" }

func (r *OpRef) parse(tag, text string) error {
	*r = OpRef(text)
	if !strings.HasPrefix(text, "op://") { // it may be the secret
		return problem{"this is not " + r.what(), "an .age file needs nothing more: NAME: {}"}
	}
	return pattern(tag, text, opRefForm, r.what())
}

func (*OpRef) shape(*shapes) shape {
	return shape{"type": "string", "pattern": opRefForm.String()}
}

// FileMode is a file's permissions, four octal digits in quotes: '0440'.
type FileMode string

var fileModeForm = newForm(`^0[0-7]{3}$`)

func (*FileMode) what() string { return "a file mode in quotes, such as '0440'" }

func (m *FileMode) parse(tag, text string) error {
	if tag == "!!int" && fileModeForm.MatchString(text) {
		return problem{text + " without quotes is a number to YAML", "write '" + text + "'"}
	}
	if tag != "!!str" || !fileModeForm.MatchString(text) {
		p := problem{message: fmt.Sprintf("%s is not %s", quote(text), m.what())}
		if octal := "0" + strings.TrimPrefix(text, "0o"); fileModeForm.MatchString(octal) {
			p.hint = "write '" + octal + "'"
		}
		return p
	}
	if text[3] != '0' {
		return problem{"mode " + text + " lets every user at a secret", "write '" + text[:3] + "0'"}
	}
	*m = FileMode(text)
	return nil
}

func (*FileMode) shape(*shapes) shape {
	return shape{"type": "string", "pattern": fileModeForm.String(), "not": shape{"pattern": "[1-7]$"}}
}

// UnitName is a systemd service without .service.
type UnitName string

var unitForm = newForm(`^[A-Za-z0-9_@:.-]{1,200}$`)

func (u *UnitName) parse(tag, text string) error {
	*u = UnitName(text)
	if err := pattern(tag, text, unitForm, "the name of a unit"); err != nil {
		return err
	}
	if name, ok := strings.CutSuffix(text, ".service"); ok {
		return problem{quote(text) + " ends in .service", "write " + Redact(name)}
	}
	return nil
}

func (*UnitName) shape(*shapes) shape {
	return shape{"type": "string", "pattern": unitForm.String(), "not": shape{"pattern": `\.service$`}}
}
