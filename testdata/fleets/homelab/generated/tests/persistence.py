# What survives a reboot of a host whose root is wiped, and what does not.
import json
from typing import Dict, TypedDict


class Data(TypedDict):
    kept: Dict[str, str]  # path: "file", "directory", or the mode of a directory
    mount: str


data: Data = json.loads(DATA)
MARK = "pantherctl-test"
LOST = [f"/{MARK}", f"/etc/{MARK}", f"/var/{MARK}", f"/root/{MARK}"]

start_all()
host.wait_for_unit("multi-user.target")
before = {}

with subtest("write"):
    for path, kind in data["kept"].items():
        if kind == "file":
            host.succeed(f"test -s {path} || echo {MARK} > {path}")
            before[path] = host.succeed(f"cat {path}")
        else:
            host.succeed(f"echo {MARK} > {path}/{MARK}")
    for path in LOST:
        host.succeed(f"echo {MARK} > {path}")

with subtest("reboot"):
    host.succeed("sync")
    host.shutdown()
    host.start()
    host.wait_for_unit("multi-user.target")

with subtest("kept"):
    for path, kind in data["kept"].items():
        if kind == "file":
            assert host.succeed(f"cat {path}") == before[path], f"{path} is another"
            continue
        host.succeed(f"grep -qx {MARK} {path}/{MARK}")
        if kind != "directory":
            mode = host.succeed(f"stat -L -c 0%a {path}").strip()
            assert mode == kind, f"{path} has mode {mode}"

with subtest("gone"):
    for path in LOST:
        host.fail(f"test -e {path}")

with subtest("where it is kept"):
    for path in data["kept"]:
        host.succeed(f"test -e {data['mount']}{path}")
