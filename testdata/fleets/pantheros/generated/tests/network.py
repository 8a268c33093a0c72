# Who gets to which port of a host, and to which the host gets. "peer" stands
# for everybody else: it has an interface on each side of the host and takes
# every address in turn.
import json
from typing import Dict, List, Set, TypedDict


class Side(TypedDict):
    side: str
    interface: str
    addresses: List[str]  # of the host
    strangers: List[str]
    sources: Dict[str, str]  # and the ports they get to, strangers among them
    limits: Dict[str, int]  # ports, and how many connections at once
    ping: bool
    egress: str  # what the host gets to there, all if empty


class Data(TypedDict):
    ports: str  # all that are tried
    sides: List[Side]


data: Data = json.loads(DATA)
TRAFFIC = "python3 /etc/traffic.py"


def same_family(a: str, b: str) -> bool:
    return (":" in a) == (":" in b)


def prefix(address: str) -> str:
    return f"{address}/128 dev" if ":" in address else f"{address}/32 dev"


def noted(address: str) -> str:
    return " nodad" if ":" in address else ""


def compare(got: Set[str], want: Set[str]) -> None:
    assert got == want, f"open too: {got - want}; closed: {want - got}"


start_all()
host.wait_for_unit("multi-user.target")
peer.wait_for_unit("multi-user.target")
host.wait_until_succeeds("test -e /run/traffic")
peer.wait_until_succeeds("test -e /run/traffic")

with subtest("addresses"):
    for number, side in enumerate(data["sides"], 1):
        near, far = side["interface"], f"eth{number}"
        host.succeed(f"ip link set {near} up")
        peer.succeed(f"ip link set {far} up")
        for address in side["addresses"]:
            host.succeed(f"ip addr replace {prefix(address)} {near}{noted(address)}")
        for source in side["sources"]:
            peer.succeed(f"ip addr replace {prefix(source)} {far}{noted(source)}")
            host.succeed(f"ip route replace {prefix(source)} {near}")
        for address in side["addresses"]:
            peer.succeed(f"ip route replace {prefix(address)} {far}")

for side in data["sides"]:
    for address in side["addresses"]:
        for source, expected in side["sources"].items():
            if not same_family(address, source):
                continue
            with subtest(f"{side['side']}: from {source} to {address}"):
                out = peer.succeed(f"{TRAFFIC} probe {address} {source} {data['ports']}")
                compare(set(out.split()), set(expected.split()))

for side in data["sides"]:
    address, stranger = side["addresses"][0], side["strangers"][0]

    with subtest(f"{side['side']}: ping"):
        ping = f"ping -c 1 -W 1 -I {stranger} {address}"
        if side["ping"]:
            peer.succeed(ping)
        else:
            peer.fail(ping)

    for limited, burst in side["limits"].items():
        with subtest(f"{side['side']}: {limited} is limited"):
            tries = " ".join([limited] * (burst + 10))
            out = peer.succeed(f"{TRAFFIC} probe {address} {stranger} {tries}")
            count = len(out.split())
            assert 0 < count <= burst + 2, f"{count} connections got through"

    if side["egress"]:
        with subtest(f"{side['side']}: what the host gets to"):
            out = host.succeed(f"{TRAFFIC} probe {stranger} {address} {data['ports']}")
            compare(set(out.split()), set(side["egress"].split()))
