"""Rules of the house about what may leave it (reference: safety B, "Leaks sideways")."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "sinmungo"
#: Journeys that give texts to adapters, and what they stand on.
ASKING = ("sinmungo.journeys.consult", "sinmungo.journeys.consulting", "sinmungo.journeys.translate")
#: Desks whose words never leave, by the parts of a module's name.
DESKS = ("appeal", "appeals", "victims", "protect", "hunt", "vault", "portal", "statements")


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def _name(path: Path) -> str:
    return ".".join(("sinmungo", *path.relative_to(SOURCE).with_suffix("").parts))


@cache
def _modules() -> dict[str, set[str]]:
    return {_name(p): _imports(p) for p in SOURCE.rglob("*.py") if "migrations" not in p.parts}


def _is_of(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _is_desk(name: str) -> bool:
    return any(part.removesuffix("_views") in DESKS for part in name.split("."))


@cache
def _sending() -> tuple[str, ...]:
    """Adapters that send outside say so, and with them their whole package does."""
    marked = [p for p in (SOURCE / "adapters").rglob("*.py") if "sends_outside = True" in p.read_text()]
    packages = {_name(p).rsplit(".", 1)[0] if p.parent.name != "adapters" else _name(p) for p in marked}
    return tuple(sorted(packages))


def test_what_sends_texts_outside_is_marked():
    """Judge and translator say of themselves that they send outside."""
    assert "sinmungo.adapters.openai_models" in _sending()


def test_no_desk_of_appeals_or_victims_reaches_what_sends_outside():
    """No module of these desks imports such an adapter, or a journey that gives texts to one."""
    reaching = [
        f"{name} -> {imported}"
        for name, imports in _modules().items()
        if _is_desk(name)
        for imported in imports
        if _is_of(imported, (*_sending(), *ASKING))
    ]

    assert reaching == []


def test_what_sends_outside_reads_no_desk_of_appeals_or_victims():
    """Journeys that ask models, and the adapters, import nothing of these desks and open no sealed text."""
    reading = [
        f"{name} -> {imported}"
        for name, imports in _modules().items()
        if _is_of(name, (*_sending(), *ASKING))
        for imported in imports
        if imported.startswith("sinmungo.") and _is_desk(imported)
    ]

    assert reading == []


def test_only_the_settings_name_an_adapter_that_sends_outside():
    """Nobody else imports one: an operator chooses it, and no code can reach around the choice."""
    importing = [
        f"{name} -> {imported}"
        for name, imports in _modules().items()
        if not _is_of(name, _sending())
        for imported in imports
        if _is_of(imported, _sending())
    ]

    assert importing == []
