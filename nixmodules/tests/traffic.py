"""Listens on ports, or tries those of others. It runs on the machines of a
test, with nothing but Python's own library.

    traffic.py listen ADDRESS[,ADDRESS…] PROTOCOL/PORT…
    traffic.py probe ADDRESS SOURCE PROTOCOL/PORT…

Probe prints the ports that answered, one line each, in the order given.
"""

import os
import selectors
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import List, Tuple

# In seconds; an answer within a test takes far less than one of them.
PATIENCE = float(os.environ.get("PATIENCE", "1"))
FREEBIND = 15  # IP_FREEBIND of linux/in.h, which Python 3.11 does not name


def parse(port: str) -> Tuple[int, int]:
    protocol, number = port.split("/")
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    return kind, int(number)


def family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listen(addresses: List[str], ports: List[str]) -> None:
    ready = selectors.DefaultSelector()
    for address in addresses:
        for kind, number in map(parse, ports):
            s = socket.socket(family(address), kind)
            # Addresses come later than this program.
            s.setsockopt(socket.IPPROTO_IP, FREEBIND, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, number))
                if kind == socket.SOCK_STREAM:
                    s.listen()
            except OSError:
                continue  # whoever has the port answers himself
            ready.register(s, selectors.EVENT_READ)
    open("/run/traffic", "w").close()  # what tests wait for
    while True:
        for key, _ in ready.select():
            server = key.fileobj
            assert isinstance(server, socket.socket)
            if server.type == socket.SOCK_STREAM:
                server.accept()[0].close()
            else:
                server.sendto(b"here", server.recvfrom(64)[1])


def answers(address: str, source: str, port: str) -> bool:
    kind, number = parse(port)
    with socket.socket(family(address), kind) as s:
        s.settimeout(PATIENCE)
        try:
            s.bind((source, 0))
            s.connect((address, number))
            if kind == socket.SOCK_DGRAM:
                s.send(b"there?")
                s.recv(64)
        except OSError:
            return False
        return True


def probe(address: str, source: str, ports: List[str]) -> None:
    def answered(port: str) -> bool:
        return answers(address, source, port)

    with ThreadPoolExecutor(64) as pool:
        for port, yes in zip(ports, pool.map(answered, ports)):
            if yes:
                print(port)


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        listen(sys.argv[2].split(","), sys.argv[3:])
    else:
        probe(sys.argv[2], sys.argv[3], sys.argv[4:])
