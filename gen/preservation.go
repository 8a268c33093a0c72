package gen

import (
	"cmp"
	"path"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

const (
	machineID = "/etc/machine-id"
	userMap   = "/var/lib/nixos"
)

// preserve is what preservation keeps: the same list, by units of systemd and
// tmpfiles alone.
func preserve(h *policy.Host, mount string, body *nix.AttrSet) {
	directories, files, hasID := nix.List{}, nix.List{}, false
	for _, k := range h.State {
		if k.File {
			files = append(files, nix.Element{Doc: []string{k.Why}, Value: preservedFile(k)})
			hasID = hasID || k.Path == machineID
			continue
		}
		directories = append(directories, nix.Element{Doc: []string{k.Why}, Value: preservedDirectory(k)})
	}
	bind(body, nix.Path("boot.initrd.systemd.enable"), nix.Bool(true), "preservation works in the initrd by systemd only")
	bind(body, nix.Path("preservation"), nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Binding{Path: nix.Path("preserveAt").Append(mount), Value: nix.AttrSet{
			nix.Bind("directories", directories, "a colon: for a folder that is made, while one that is there keeps its own"),
			nix.Bind("files", files),
		}},
	})
	if hasID {
		bind(body, nix.Path("systemd.services.systemd-machine-id-commit"), commitMachineID(mount), "the id of the first boot is written to where the link leads")
	}
}

// preservedDirectory is a bind mount. preservation has tmpfiles set owner and
// mode at every boot, so a service would lose its folder to root: a colon keeps
// those of a folder that is there (tmpfiles.d(5)). tmpfiles makes missing
// parents readable by everybody, which some programs refuse.
func preservedDirectory(k policy.Kept) nix.Expr {
	item := nix.AttrSet{nix.Bind("directory", nix.String(k.Path))}
	if k.Path == userMap {
		return append(item, nix.Bind("inInitrd", nix.Bool(true), "users are made before other mounts are there"))
	}
	if k.Path == "/var/log" || k.Path == "/var/lib/systemd" { // root's, always
		return nix.String(k.Path)
	}
	item = append(item,
		nix.Bind("user", nix.String(":root")),
		nix.Bind("group", nix.String(":root")),
		nix.Bind("mode", nix.String(":"+cmp.Or(k.Mode, "0755"))),
	)
	if mode := parentMode(k.Path); mode != "" {
		item = append(item, nix.Bind("configureParent", nix.Bool(true)), nix.Bind("parent.mode", nix.String(mode)))
	}
	return item
}

// preservedFile is a link: a bind mount would make an empty file where there
// is none, and give one that is there the mode 0644.
func preservedFile(k policy.Kept) nix.Expr {
	item := nix.AttrSet{
		nix.Bind("file", nix.String(k.Path)),
		nix.Bind("how", nix.String("symlink")),
	}
	if k.Path == machineID {
		item = append(item, nix.Bind("inInitrd", nix.Bool(true), "systemd asks for it first of all"))
	}
	if mode := parentMode(k.Path); mode != "" {
		item = append(item, nix.Bind("configureParent", nix.Bool(true)), nix.Bind("parent.mode", nix.String(mode)))
	}
	return item
}

// parentMode is the mode of the folder that holds a path, "" where tmpfiles
// may decide. systemd refuses dynamic users when others may enter
// /var/lib/private (systemd.exec(5) DynamicUser).
func parentMode(name string) string {
	switch dir := path.Dir(name); {
	case dir == "/var/lib/private" || dir == "/root" || strings.HasPrefix(dir, "/root/"):
		return "0700"
	case dir == "/etc":
		return "0755"
	}
	return ""
}

// commitMachineID has systemd keep the id that it made at the first boot.
// NixOS's unit looks at /etc/machine-id itself, which is a link.
func commitMachineID(mount string) nix.AttrSet {
	return nix.AttrSet{
		nix.Bind("unitConfig.ConditionPathIsMountPoint", nix.Strings("", mount+machineID)),
		nix.Bind("serviceConfig.ExecStart", nix.Strings("", "systemd-machine-id-setup --commit --root "+mount)),
	}
}
