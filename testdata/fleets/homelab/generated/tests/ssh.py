# Who may log in with what, and what a login may do. The host talks to itself:
# who reaches its ports is the business of the test of the network.
import itertools
import json
from typing import List, TypedDict


class Data(TypedDict):
    ports: List[int]
    members: List[str]  # who may log in and get a shell
    others: List[str]  # who have an account and may not log in
    forwarding: str  # no, local or yes
    kex: str  # strict or compat


data: Data = json.loads(DATA)
KEY = "/root/test-key"
SSH = (
    f"ssh -F none -i {KEY} -o IdentitiesOnly=yes -o BatchMode=yes"
    " -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    " -o ConnectTimeout=5 -o LogLevel=VERBOSE"
)
PASSWORD = "-o PubkeyAuthentication=no"
port = data["ports"][0]


sources = itertools.count(2)


def login(user: str, options: str = "", command: str = "true", by: int = port) -> str:
    """A login from an address of its own: sshd penalizes those that fail."""
    source = f"127.0.1.{next(sources)}"
    return f"{SSH} {options} -b {source} -p {by} {user}@127.0.0.1 {command} 2>&1"


start_all()
host.wait_for_unit("multi-user.target")
for number in data["ports"]:
    host.wait_for_open_port(number)
host.succeed(f"ssh-keygen -q -t ed25519 -N '' -f {KEY}")


def authorize(user: str) -> None:
    """Replaces the keys of a user, which sshd reads at each login."""
    keys = f"/etc/ssh/authorized_keys.d/{user}"
    host.succeed(f"mkdir -p /etc/ssh/authorized_keys.d && rm -f {keys}")
    host.succeed(f"cat {KEY}.pub > {keys} && chmod 444 {keys}")


with subtest("no key, no login"):
    for user in data["members"]:
        host.fail(login(user))

for user in data["members"] + data["others"]:
    authorize(user)

with subtest("members log in with a key, on every port"):
    for user in data["members"]:
        for number in data["ports"]:
            got = host.succeed(login(user, "-q", "id -un", by=number))
            assert got.strip() == user, got

with subtest("others do not, whatever key they have"):
    for user in data["others"]:
        host.fail(login(user))

with subtest("no password is asked for"):
    for user in data["members"]:
        status, said = host.execute(login(user, PASSWORD))
        assert status != 0 and "Permission denied (publickey)" in said, said

for user in data["members"]:
    with subtest(f"{user} and forwarding: {data['forwarding']}"):
        status, said = host.execute(login(user, f"-W 127.0.0.1:{port}", ""))
        if data["forwarding"] == "no":
            assert status != 0 and "prohibited" in said, said
        status, said = host.execute(
            login(user, "-o ExitOnForwardFailure=yes -R 0:127.0.0.1:9")
        )
        if data["forwarding"] != "yes":
            assert status != 0 and "forwarding" in said, said

with subtest("key exchange"):
    refused = ["diffie-hellman-group14-sha1", "ecdh-sha2-nistp256"]
    if data["kex"] == "strict":
        refused.append("curve25519-sha256")
    for kex in refused:
        status, said = host.execute(login("root", f"-o KexAlgorithms={kex}"))
        assert status != 0 and "no matching key exchange" in said, said
