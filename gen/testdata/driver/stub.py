# What a test script finds when the driver of NixOS runs it, as far as the
# scripts here use it: prepended to them for mypy, as the driver prepends its
# own. TestDriverSignatures compares it with the driver's source.
from typing import Callable, ContextManager, List, Optional, Tuple


class Machine:
    name: str

    def start(self, allow_reboot: bool = False) -> None: ...

    def shutdown(self) -> None: ...

    def crash(self) -> None: ...

    def execute(
        self,
        command: str,
        check_return: bool = True,
        check_output: bool = True,
        timeout: Optional[int] = 900,
    ) -> Tuple[int, str]: ...

    def succeed(self, *commands: str, timeout: Optional[int] = None) -> str: ...

    def fail(self, *commands: str, timeout: Optional[int] = None) -> str: ...

    def wait_for_unit(
        self, unit: str, user: Optional[str] = None, timeout: int = 900
    ) -> None: ...

    def wait_for_open_port(
        self, port: int, addr: str = "localhost", timeout: int = 900
    ) -> None: ...

    def wait_until_succeeds(self, command: str, timeout: int = 900) -> str: ...


start_all: Callable[[], None]
subtest: Callable[[str], ContextManager[None]]
machines: List[Machine]
