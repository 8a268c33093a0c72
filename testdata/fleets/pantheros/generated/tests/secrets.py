# That agenix decrypts what is encrypted to the host, for those it is meant for
# and nobody else. The key and what the secrets hold are the test's own.
import json
from typing import Dict, TypedDict


class Secret(TypedDict):
    owner: str
    group: str
    mode: str


data: Dict[str, Secret] = json.loads(DATA)

start_all()
host.wait_for_unit("multi-user.target")

for name, secret in data.items():
    path = f"/run/agenix/{name}"

    with subtest(f"{name} is decrypted"):
        assert host.succeed(f"cat {path}").strip() == name

    with subtest(f"{name} has its owner"):
        got = host.succeed(f"stat -L -c '%U:%G 0%a' {path}").strip()
        want = f"{secret['owner']}:{secret['group']} {secret['mode']}"
        assert got == want, f"{path} is {got}, not {want}"

    with subtest(f"{name} is closed to others"):
        host.fail(f"setpriv --reuid 65534 --clear-groups cat {path}")

with subtest("another key decrypts nothing"):
    host.succeed("ssh-keygen -q -t ed25519 -N '' -f /tmp/other")
    for name in data:
        host.fail(f"age --decrypt -i /tmp/other /etc/pantherctl-test/{name}.age")
