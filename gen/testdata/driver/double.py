"""A double of NixOS's test driver: runs a test script against namespaces of
this machine in place of virtual machines. Each machine has a network, mounts
and processes of its own, and a root that is this machine's with a layer above,
so nothing it does is seen outside and nothing is left behind.

    unshare --net --mount --pid --fork --mount-proc double.py SPEC.json

The kernel, systemd and the boot are this machine's or not there at all. What a
machine has instead is in its spec, and steps that need the real thing are
called left out.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

LAB = Path("/tmp/double")


class LeftOut(Exception):
    """A step that no namespace can do."""


def run(*words: str) -> None:
    subprocess.run(words, check=True)


class Machine:
    def __init__(self, spec: Dict[str, Any], number: int) -> None:
        self.name: str = spec["name"]
        absent: Dict[str, Any] = {"files": {}, "sysctl": {}, "links": [], "commands": [], "keep": [], "cmdline": [], "left_out": []}
        self.spec = {**absent, **{key: value for key, value in spec.items() if value is not None}}
        self.number = number
        self.root = LAB / self.name
        self.first: Optional[subprocess.Popen[str]] = None  # its process 1
        self.kept = self.root / "kept"
        self.kept.mkdir(parents=True)

    def start(self, allow_reboot: bool = False) -> None:
        if self.first is not None:
            return
        layer = self.root / f"layer-{time.monotonic_ns()}"
        for name in ["upper", "work", "root"]:
            (layer / name).mkdir(parents=True)
        self.layer = layer
        self.tops = {"/" + path.split("/")[1] for path in self.spec["files"]}
        for path, file in self.spec["files"].items():
            target = layer / "upper" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file["text"])
            target.chmod(int(file.get("mode", "0644"), 8))
        self.first = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", self.setup()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.first.stdout is not None
        if self.first.stdout.readline() != "ready\n":
            raise Exception(f"{self.name} does not start")
        children = f"/proc/{self.first.pid}/task/{self.first.pid}/children"
        self.pid = Path(children).read_text().split()[0]
        for link in self.spec["links"]:
            self.plug(link["interface"], link["segment"])
        self.succeed("ip link set lo up")
        for command in self.spec["commands"]:
            self.succeed(command)

    def setup(self) -> str:
        """Makes the mounts of a machine, from inside its namespaces."""
        root = f"{self.layer}/root"
        lines = ["set -e", f"mount -t tmpfs -o mode=755 tmpfs {root}"]
        for entry in sorted({*Path("/").iterdir(), *map(Path, self.tops)}):
            lines += self.entry(entry, f"{root}{entry}")
        lines.append(f"mount -t proc proc {root}/proc")
        if self.spec["cmdline"]:
            (self.layer / "cmdline").write_text(" ".join(self.spec["cmdline"]) + "\n")
            lines.append(f"mount --bind {self.layer}/cmdline {root}/proc/cmdline")
        if self.spec["sysctl"]:
            lines += self.sysctls(root)
        for path in self.spec["keep"]:
            kept = f"{self.kept}{path}"
            lines += [f"mkdir -p {kept} {root}{path}", f"mount --bind {kept} {root}{path}"]
        return "\n".join([*lines, "echo ready", "exec cat >/dev/null"])

    def entry(self, path: Path, target: str) -> List[str]:
        """Makes one entry of the root. One layer over all of it would do, but
        a user namespace may not look below what is mounted there."""
        upper, work = f"{self.layer}/upper{path}", f"{self.layer}/work{path}"
        if path.is_symlink():
            return [f"ln -s {os.readlink(path)} {target}"]
        if path.exists() and not path.is_dir():
            return []
        make = f"mkdir -p {target} {upper} {work}"
        if path.name in ["proc", "run", "mnt", "media"]:
            return [make]  # and empty: nothing of this machine is seen there
        if path.name == "tmp":
            return [make, f"mount -t tmpfs tmpfs {target}"]
        if path.name in ["dev", "sys", "usr"]:
            return [make, f"mount --rbind {path} {target}"]
        if not path.exists():
            return [make, f"mount --bind {upper} {target}"]
        options = f"lowerdir={path},upperdir={upper},workdir={work},userxattr"
        return [make, f"mount -t overlay overlay -o {options} {target} 2>/dev/null || mount --rbind {path} {target}"]

    def sysctls(self, root: str) -> List[str]:
        """Files in place of the kernel's: a pattern becomes one interface."""
        for key, value in self.spec["sysctl"].items():
            path = self.layer / "sys" / key.replace("*", "eth0").replace(".", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(value + "\n")
        return [f"mount --bind {self.layer}/sys {root}/proc/sys"]

    def plug(self, interface: str, segment: str) -> None:
        """Connects an interface to a segment, a bridge of this driver."""
        bridge, end = f"s-{segment}", f"{self.number}-{segment}"
        if not Path(f"/sys/class/net/{bridge}").exists():
            subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], stderr=subprocess.DEVNULL)
            run("ip", "link", "set", bridge, "up")
        run("ip", "link", "add", f"near{end}", "type", "veth", "peer", "name", f"far{end}")
        run("ip", "link", "set", f"near{end}", "master", bridge, "up")
        run("ip", "link", "set", f"far{end}", "netns", self.pid, "name", interface)

    def shutdown(self) -> None:
        self.crash()

    def crash(self) -> None:
        if self.first is not None:
            self.first.kill()
            self.first.wait()
            self.first = None

    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Optional[int] = 900,
    ) -> Tuple[int, str]:
        self.start()
        for word in self.spec["left_out"]:
            if word in command:
                raise LeftOut(word)
        inside = ["nsenter", "-t", self.pid, "-n", "-m", "-p", "chroot", f"{self.layer}/root"]
        shell = f"cd /tmp; export PATH=/double/bin:$PATH PATIENCE=0.5; set -euo pipefail; {command}"
        done = subprocess.run(
            [*inside, "bash", "-c", shell], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=timeout
        )
        return done.returncode, done.stdout

    def succeed(self, *commands: str, timeout: Optional[int] = None) -> str:
        output = ""
        for command in commands:
            status, out = self.execute(command, timeout=timeout)
            if status != 0:
                raise Exception(f"{self.name}: `{command}` ended with {status}: {out}")
            output += out
        return output

    def fail(self, *commands: str, timeout: Optional[int] = None) -> str:
        output = ""
        for command in commands:
            status, out = self.execute(command, timeout=timeout)
            if status == 0:
                raise Exception(f"{self.name}: `{command}` succeeded: {out}")
            output += out
        return output

    def wait_for_unit(self, unit: str, user: Optional[str] = None, timeout: int = 900) -> None:
        self.start()  # there are no units: what runs, the spec has started

    def wait_for_open_port(self, port: int, addr: str = "localhost", timeout: int = 900) -> None:
        self.wait_until_succeeds(f"exec 3<>/dev/tcp/127.0.0.1/{port}", timeout=10)

    def wait_until_succeeds(self, command: str, timeout: int = 900) -> str:
        end = time.monotonic() + min(timeout, 10)
        while True:
            status, out = self.execute(command)
            if status == 0:
                return out
            if time.monotonic() > end:
                raise Exception(f"{self.name}: `{command}` does not succeed")
            time.sleep(0.1)


@contextmanager
def subtest(name: str) -> Iterator[None]:
    try:
        yield
    except LeftOut as what:
        print(f"left out: {name}: {what}")
    except Exception as problem:
        print(f"failed: {name}: {problem}")
    else:
        print(f"passed: {name}")


def main() -> None:
    spec = json.loads(Path(sys.argv[1]).read_text())
    LAB.mkdir(exist_ok=True)
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", str(LAB))
    machines = [Machine(m, number) for number, m in enumerate(spec["machines"])]

    def start_all() -> None:
        for m in machines:
            m.start()

    symbols = {m.name.replace("-", "_"): m for m in machines}
    try:
        exec(spec["script"], {**symbols, "machines": machines, "start_all": start_all, "subtest": subtest})
    finally:
        for m in machines:
            m.crash()


if __name__ == "__main__":
    os.umask(0o022)
    main()
