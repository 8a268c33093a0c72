package gen

import (
	"path"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// persistence is the module of what survives a wiped root.
func persistence(h *policy.Host) *nix.File {
	p := h.Persistence
	if !p.Enable.V {
		return nil
	}
	mount := string(p.Path.V)
	body := nix.AttrSet{}
	bind(&body, nix.Path("fileSystems").Append(mount, "neededForBoot"), nix.Bool(true),
		"keys and accounts are read from it before anything else is mounted")
	if p.By.V == schema.Preservation {
		preserve(h, mount, &body)
	} else {
		bind(&body, nix.Path("environment.persistence").Append(mount), impermanent(h))
	}
	rollback(h, &body)
	return &nix.File{Body: body}
}

// impermanent is what impermanence keeps.
func impermanent(h *policy.Host) nix.AttrSet {
	directories, files := nix.List{}, nix.List{}
	for _, k := range h.State {
		switch {
		case k.File:
			files = append(files, nix.Element{Doc: []string{k.Why}, Value: nix.String(k.Path)})
		case k.Mode != "":
			directories = append(directories, nix.Element{Doc: []string{k.Why}, Value: nix.AttrSet{
				nix.Bind("directory", nix.String(k.Path)),
				nix.Bind("mode", nix.String(k.Mode)),
			}})
		default:
			directories = append(directories, nix.Element{Doc: []string{k.Why}, Value: nix.String(k.Path)})
		}
	}
	return nix.AttrSet{
		nix.Bind("hideMounts", nix.Bool(true)),
		nix.Bind("directories", directories),
		nix.Bind("files", files),
	}
}

// rollback wipes the root in the initrd, before it is mounted. A tmpfs needs
// nothing.
func rollback(h *policy.Host, body *nix.AttrSet) {
	p := h.Persistence
	var script, after string
	switch p.Root.V {
	case "btrfs":
		script = btrfsScript(string(p.Device.V), string(p.Subvolume.V))
		if name, ok := strings.CutPrefix(string(p.Device.V), "/dev/mapper/"); ok {
			after = "systemd-cryptsetup@" + systemdEscape(name) + ".service"
		}
	case "zfs":
		pool, _, _ := strings.Cut(string(p.Dataset.V), "/")
		pool, _, _ = strings.Cut(pool, "@")
		script = "zfs rollback -r " + string(p.Dataset.V) + "\n"
		after = "zfs-import-" + systemdEscape(pool) + ".service"
	default:
		return
	}
	order := []string{"initrd-root-device.target", "local-fs-pre.target"}
	if after != "" {
		order = append(order, after)
	}
	unit := nix.AttrSet{
		nix.Bind("description", nix.String("Wipe the root file system")),
		nix.Bind("wantedBy", nix.Strings("initrd.target")),
		nix.Bind("requires", nix.Strings("initrd-root-device.target")),
		nix.Bind("after", nix.Strings(order...), "after a resume from hibernation would have happened"),
		nix.Bind("before", nix.Strings("sysroot.mount")),
		nix.Bind("unitConfig.DefaultDependencies", nix.String("no")),
		nix.Bind("serviceConfig.Type", nix.String("oneshot")),
		nix.Bind("script", nix.String(script)),
	}
	if p.By.V != schema.Preservation {
		bind(body, nix.Path("boot.initrd.systemd.enable"), nix.Bool(true), "the unit below needs systemd in the initrd")
	}
	bind(body, nix.Path("boot.initrd.supportedFilesystems"), nix.Strings(string(p.Root.V)))
	bind(body, nix.Path("boot.initrd.systemd.services.wipe-root"), unit)
}

// btrfsScript replaces the root subvolume by an empty one and keeps the last
// as old-root, for a look at what was lost.
func btrfsScript(device, subvolume string) string {
	old := path.Join(path.Dir(subvolume), "old-"+path.Base(subvolume))
	return strings.NewReplacer("DEVICE", device, "ROOT", subvolume, "OLD", old).Replace(`mkdir -p /wipe
mount -t btrfs -o subvol=/ DEVICE /wipe

# Subvolumes inside the one before last go first, the deepest before the others.
btrfs subvolume list /wipe | while read -r line; do
  echo "${line##* path }"
done | sort -r | while read -r inner; do
  case "$inner" in
    OLD | OLD/*) btrfs subvolume delete "/wipe/$inner" ;;
  esac
done

if [ -e /wipe/ROOT ]; then
  mv /wipe/ROOT /wipe/OLD
fi
btrfs subvolume create /wipe/ROOT
umount /wipe
`)
}

// systemdEscape escapes the characters of a name that systemd escapes in unit
// names (systemd.unit(5)); names here hold nothing but letters, digits and
// "-_.@:+".
func systemdEscape(name string) string {
	return strings.NewReplacer("-", `\x2d`, "@", `\x40`, "+", `\x2b`).Replace(name)
}
