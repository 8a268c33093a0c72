package gen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var scriptOfModule = regexp.MustCompile(`(?s)script = ''\n(.*?)\n *'';`)

// wipeScript is the script that replaces the btrfs root of a host, as bash
// reads it.
func wipeScript(t *testing.T, root string) string {
	t.Helper()
	module := texts(filesOf(t, wiped(root, "impermanence")))["hosts/box/persistence.nix"]
	found := scriptOfModule.FindStringSubmatch(module)
	if found == nil {
		t.Fatalf("no script in\n%s", module)
	}
	return strings.ReplaceAll(found[1], "''$", "$") + "\n"
}

// TestWipeBtrfs really runs the script, with doubles of btrfs and mount, on
// folders that stand for subvolumes.
func TestWipeBtrfs(t *testing.T) {
	text := wipeScript(t, "root: btrfs, device: /dev/mapper/crypt-root")
	if out, err := run(t, tool(t, "shellcheck"), "--shell=bash", write(t, "wipe.sh", text)); err != nil {
		t.Error(err, out)
	}
	b := newBench(t, map[string]string{
		"mount":  `[ "$*" = "-t btrfs -o subvol=/ /dev/mapper/crypt-root $BENCH/wipe" ]` + "\n",
		"umount": "echo done >\"$BENCH/unmounted\"\n",
		"btrfs": `case "$1 $2" in
"subvolume list") cat "$BENCH/list" ;;
"subvolume delete") rmdir "$3" && echo "$3" >>"$BENCH/deleted" ;;
"subvolume create") mkdir "$3" ;;
*) exit 64 ;;
esac
`,
	})
	for _, dir := range []string{"root", "root/kept", "old-root", "old-root/var", "old-root/var/machines", "home"} {
		if err := os.MkdirAll(filepath.Join(b.dir, "wipe", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b.file("list", `ID 256 gen 9 top level 5 path root
ID 257 gen 9 top level 5 path old-root
ID 258 gen 9 top level 257 path old-root/var
ID 259 gen 9 top level 258 path old-root/var/machines
ID 260 gen 9 top level 5 path home
ID 261 gen 9 top level 5 path old-roots
`)
	if out, ok := b.run([]byte(strings.ReplaceAll(text, "/wipe", b.dir+"/wipe"))); !ok {
		t.Fatal(out)
	}
	var left []string
	for _, dir := range []string{"root", "root/kept", "old-root", "old-root/kept", "old-root/var", "home"} {
		if _, err := os.Stat(filepath.Join(b.dir, "wipe", dir)); err == nil {
			left = append(left, dir)
		}
	}
	if want := []string{"root", "old-root", "old-root/kept", "home"}; !slices.Equal(left, want) {
		t.Errorf("left is %q, want %q; deleted\n%s", left, want, b.read("deleted"))
	}
	if b.read("unmounted") == "" {
		t.Error("it stays mounted")
	}
}
