"""Compares the methods of Machine in the files given first with those of the
driver's own source, given last: names, arguments, defaults.

    signatures.py STUB.py DOUBLE.py machine.py
"""

import ast
import sys
from pathlib import Path
from typing import Dict, List, Set

# The driver's classes, before 26.05 and since. Virtual machines may do more than
# containers, and a method counts if one of them has it.
CLASSES = ["Machine", "BaseMachine", "QemuMachine", "NspawnMachine"]


def methods(file: str, classes: List[str]) -> Dict[str, Set[str]]:
    found: Dict[str, Set[str]] = {}
    for node in ast.walk(ast.parse(Path(file).read_text())):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            for f in node.body:
                if isinstance(f, ast.FunctionDef):
                    for arg in ast.walk(f.args):
                        if isinstance(arg, ast.arg):
                            arg.annotation = None
                    found.setdefault(f.name, set()).add(ast.unparse(f.args))
    return found


stub, double = methods(sys.argv[1], ["Machine"]), methods(sys.argv[2], ["Machine"])
driver = methods(sys.argv[3], CLASSES)
bad = 0
for name, arguments in stub.items():
    for whose, others in [("the double", double), ("the driver", driver)]:
        if not arguments <= others.get(name, set()):
            print(f"{name} {arguments}: {whose} has {others.get(name)}")
            bad += 1
print(f"{len(stub)} methods compared")
sys.exit(bad > 0)
