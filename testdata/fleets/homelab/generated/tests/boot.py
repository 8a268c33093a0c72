# What the kernel made of its parameters and settings, what modules load, what
# the units of pantherctl may do, and that nothing failed.
import json
import re
from typing import Dict, List, Tuple, TypedDict


class Kernel(TypedDict):
    parameters: Dict[str, str]  # and the first kernel that knows them
    sysctl: Dict[str, str]
    blocked: List[str]
    locked: bool


class Data(TypedDict):
    kernel: Kernel
    sandboxed: List[str]  # units
    audit: bool


data: Data = json.loads(DATA)
kernel = data["kernel"]

# What the test framework sets itself.
FRAMEWORK = {"kernel.hung_task_timeout_secs"}


def version(text: str) -> Tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", text)[:2])


start_all()
host.wait_for_unit("multi-user.target")

with subtest("kernel parameters"):
    running = version(host.succeed("uname -r"))
    cmdline = host.succeed("cat /proc/cmdline").split()
    missing = [
        text
        for text, since in kernel["parameters"].items()
        if version(since) <= running and text not in cmdline
    ]
    assert not missing, f"the kernel was not given {missing}"

with subtest("kernel settings"):
    wrong = []
    for key, want in kernel["sysctl"].items():
        if key in FRAMEWORK:
            continue
        path = "/proc/sys/" + key.replace(".", "/")
        status, out = host.execute(f"grep -s '' {path}")
        values = [" ".join(line.split()) for line in out.splitlines()]
        # A pattern names several files; grep then puts the file before the value.
        values = [v.split(":", 1)[-1] if v.startswith("/proc") else v for v in values]
        if status != 0 or any(v != " ".join(want.split()) for v in values):
            wrong.append(f"{key} is {values}, not {want}")
    assert not wrong, wrong

with subtest("modules that must not load"):
    modules = " ".join(kernel["blocked"])
    loaded = host.succeed(
        f"for m in {modules}; do modprobe -q $m && echo $m; done; true"
    )
    assert not loaded.split(), f"these load: {loaded.split()}"

with subtest("other modules"):
    if kernel["locked"]:
        host.succeed("grep -qx 1 /proc/sys/kernel/modules_disabled")
        host.fail("modprobe dummy")
    else:
        host.succeed("modprobe dummy")

with subtest("sandboxes"):
    for unit in data["sandboxed"]:
        for name in [
            "LockPersonality",
            "NoNewPrivileges",
            "PrivateTmp",
            "ProtectHome",
            "ProtectKernelModules",
        ]:
            got = host.succeed(f"systemctl show --value --property {name} {unit}")
            assert got.strip() == "yes", f"{unit}: {name} is {got.strip()}"

with subtest("audit"):
    if data["audit"]:
        host.succeed("auditctl -s | grep -q 'enabled [12]'")
        host.fail("auditctl -l | grep -q 'No rules'")

with subtest("nothing failed"):
    failed = host.succeed("systemctl list-units --failed --no-legend --plain")
    assert not failed.strip(), failed
