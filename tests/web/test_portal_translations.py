"""Every refusal that a person can meet is said in Korean too."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

from django.utils import translation

import sinmungo
from sinmungo.core.kernel.errors import DomainError

#: The console translates its own; the demonstration platform is another program.
_ELSEWHERE = ("sinmungo.web.console", "sinmungo.demo")
_PLACES = re.compile(r"\{\w+\}")


def _classes(of: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    yield of
    for each in of.__subclasses__():
        yield from _classes(each)


def _messages() -> set[str]:
    for module in pkgutil.walk_packages(sinmungo.__path__, "sinmungo."):
        parts = module.name.split(".")
        if not module.name.startswith(_ELSEWHERE) and "migrations" not in parts and parts[-1] != "__main__":
            importlib.import_module(module.name)
    found = [each for each in _classes() if each.__module__.startswith("sinmungo.")]
    return {each.message for each in found if not each.__module__.startswith(_ELSEWHERE)}


def test_every_refusal_is_said_in_korean() -> None:
    """No sentence of an error is left in English, and each keeps its named places."""
    with translation.override("ko"):
        said = {message: translation.gettext(message) for message in _messages()}
    without_words = {message for message in said if not re.search(r"[A-Za-z]", _PLACES.sub("", message))}
    assert {message for message in said if not re.search("[가-힣]", said[message])} == without_words
    for message, korean in said.items():
        assert sorted(_PLACES.findall(korean)) == sorted(_PLACES.findall(message)), message
