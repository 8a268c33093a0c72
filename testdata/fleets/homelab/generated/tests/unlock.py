# That the disk is unlocked over SSH while the host boots, by the right key only
# and with nothing but the passphrase. The first boot makes an encrypted disk,
# the second is a specialisation that needs it.
import json
from typing import TypedDict


class Data(TypedDict):
    port: int
    device: str  # of the document, by its name in /dev/mapper


data: Data = json.loads(DATA)
PASSPHRASE = "supersecret"
SSH = (
    f"ssh -F none -p {data['port']} -o StrictHostKeyChecking=no"
    " -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5"
)

start_all()
host.wait_for_unit("multi-user.target")
peer.wait_for_unit("multi-user.target")

with subtest("a disk to unlock"):
    host.succeed(
        f"echo -n {PASSPHRASE} | cryptsetup luksFormat -q --iter-time=1 /dev/vdb -"
    )
    host.succeed("bootctl set-default nixos-generation-1-specialisation-locked.conf")
    host.succeed("sync")
    host.crash()
    host.start()

with subtest("the initrd answers"):
    peer.wait_until_succeeds(f"nc -z host {data['port']}")

with subtest("another key is refused"):
    peer.succeed("ssh-keygen -q -t ed25519 -N '' -f /tmp/other")
    peer.fail(f"{SSH} -o BatchMode=yes -i /tmp/other root@host true")

with subtest("no password is asked for"):
    status, said = peer.execute(
        f"{SSH} -o BatchMode=yes -o PubkeyAuthentication=no root@host true 2>&1"
    )
    assert status != 0 and "Permission denied (publickey)" in said, said

with subtest("the passphrase unlocks"):
    peer.succeed("install -m 600 /etc/pantherctl-test/key /tmp/key")
    peer.succeed(
        f"(sleep 5; echo {PASSPHRASE}) | {SSH} -tt -i /tmp/key root@host || true"
    )
    host.wait_for_unit("multi-user.target")
    host.succeed(f"test -e /dev/mapper/{data['device']}")

with subtest("the initrd's sshd is gone"):
    peer.fail(f"nc -z -w 3 host {data['port']}")
