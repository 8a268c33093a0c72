# All hosts of a fleet together: who gets to which port of whom, by each side
# that two of them share. Hosts that share a side are on one link.
import json
from typing import Dict, Iterator, List, Set, Tuple, TypedDict


class Side(TypedDict):
    side: str
    interface: str
    addresses: List[str]
    strangers: List[str]
    sources: Dict[str, str]
    egress: str


class Host(TypedDict):
    ports: str  # that its sides speak of
    sides: List[Side]


hosts: Dict[str, Host] = json.loads(DATA)
TRAFFIC = "python3 /etc/traffic.py"
by_name = {m.name: m for m in machines}


def prefix(address: str) -> str:
    return f"{address}/128 dev" if ":" in address else f"{address}/32 dev"


def let_in(to: Side, address: str) -> Set[str]:
    """The ports that a side opens to an address, or to strangers."""
    for stranger in to["strangers"]:
        if (":" in stranger) == (":" in address):
            return set(to["sources"].get(address, to["sources"][stranger]).split())
    return set()


start_all()
for machine in machines:
    machine.wait_for_unit("multi-user.target")
    machine.wait_until_succeeds("test -e /run/traffic")

def neighbours(name: str, near: Side) -> Iterator[Tuple[str, Side, str, str]]:
    """Who else is on a side: host, its side, and pairs of addresses."""
    for other, theirs in hosts.items():
        for far in theirs["sides"]:
            if other != name and far["side"] == near["side"]:
                # The first is of IPv4, and a second of IPv6.
                for source, address in zip(near["addresses"], far["addresses"]):
                    yield other, far, source, address


with subtest("addresses"):
    for name, own in hosts.items():
        for side in own["sides"]:
            by_name[name].succeed(f"ip link set {side['interface']} up")
            for address in side["addresses"]:
                nodad = " nodad" if ":" in address else ""
                by_name[name].succeed(
                    f"ip addr replace {prefix(address)} {side['interface']}{nodad}"
                )
    for name, own in hosts.items():
        for near in own["sides"]:
            for _to, _side, _from, address in neighbours(name, near):
                by_name[name].succeed(
                    f"ip route replace {prefix(address)} {near['interface']}"
                )

for name, own in hosts.items():
    for near in own["sides"]:
        for other, far, source, address in neighbours(name, near):
            tried = set(hosts[other]["ports"].split())
            want = let_in(far, source)
            if near["egress"]:
                tried &= set(own["ports"].split())
                want &= set(near["egress"].split())
            with subtest(f"{near['side']}: {name} to {other}, {address}"):
                ports = " ".join(sorted(tried))
                out = by_name[name].succeed(
                    f"{TRAFFIC} probe {address} {source} {ports}"
                )
                got = set(out.split())
                assert got == want, f"too: {got - want}; not: {want - got}"
