"""Check policy packs and say every fault: the work behind ``sinmungo policy check``. Needs no Django."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from sinmungo.core.policy import Fault, Pack, PolicyFaults, load_pack, render_fault


def check(paths: Iterable[Path | str], json: bool) -> int:
    """Check every pack in ``paths`` (folders that hold a ``pack.yaml``); return the exit code.

    Faults go to stderr as a person reads them; with ``json`` one object goes to stdout instead:
    ``{ok, packs: [{path, id, policies, rules, digest, executable_digest, faults}]}``.
    Returns 0 when there is no fault, 1 when there is any.
    """
    results = [_checked(Path(path)) for path in paths]
    found = any(faults for _, _, faults in results)
    if json:
        packs = [_described(path, pack, faults) for path, pack, faults in results]
        sys.stdout.write(json_format.dumps({"ok": not found, "packs": packs}, ensure_ascii=False) + "\n")
    else:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        for path, pack, faults in results:
            _print(console, path, pack, faults)
    return 1 if found else 0


def _checked(path: Path) -> tuple[Path, Pack | None, tuple[Fault, ...]]:
    try:
        return path, load_pack(path), ()
    except PolicyFaults as refused:
        return path, None, refused.faults


def _described(path: Path, pack: Pack | None, faults: tuple[Fault, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {"path": str(path), "faults": [fault.to_document() for fault in faults]}
    if pack is not None:
        told |= {
            "id": pack.id,
            "policies": len(pack.policies),
            "rules": sum(len(policy.rules) for policy in pack.policies),
            "digest": pack.digest,
            "executable_digest": pack.executable_digest,
        }
    return told


def _print(console: Console, path: Path, pack: Pack | None, faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        console.print(Text(render_fault(fault)))
        console.print()
    if pack is None:
        console.print(Text(f"{path}: {len(faults)} faults", style="bold"))
        return
    rules = sum(len(policy.rules) for policy in pack.policies)
    console.print(Text(f"{path}: {len(pack.policies)} policies, {rules} rules, no fault", style="bold"))
