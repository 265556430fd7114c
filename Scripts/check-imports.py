#!/usr/bin/env python3
"""Fails when a Swift target imports a target of this package or a product that Package.swift does
not declare for it, or declares one that none of its files imports.

C targets are left out: they include headers, which this check does not read. Tests may declare an
executable without importing it, because they run it.
"""

import json
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
manifest = json.loads(
    subprocess.run(
        ["swift", "package", "dump-package"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
)

# Example: `@testable import struct Network.Plan`. Group 1 is the module.
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)",
    re.MULTILINE,
)


def declared_dependencies(target):
    """The names of the targets and products that the target declares."""
    # A dependency is {"byName": [name, ...]}, {"target": [name, ...]} or {"product": [name, ...]}.
    return {values[0] for entry in target["dependencies"] for values in entry.values()}


def imported_modules(files):
    return {name for file in files for name in IMPORT.findall(file.read_text(encoding="utf-8"))}


targets = {target["name"]: target for target in manifest["targets"]}
programs = {name for name, target in targets.items() if target["type"] == "executable"}
known = set(targets).union(*map(declared_dependencies, targets.values()))
failed = False
for name, target in sorted(targets.items()):
    folder = "Tests" if target["type"] == "test" else "Sources"
    files = list((root / (target.get("path") or f"{folder}/{name}")).rglob("*.swift"))
    if not files:
        continue
    declared = declared_dependencies(target)
    imported = (imported_modules(files) & known) - {name}
    for module in sorted(imported - declared):
        print(f"Package.swift: {name} imports {module} but does not declare it", file=sys.stderr)
    declared -= programs - imported
    for module in sorted(declared - imported):
        print(f"Package.swift: {name} declares {module} but does not import it", file=sys.stderr)
    failed = failed or imported != declared
sys.exit(failed)
