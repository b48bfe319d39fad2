"""A value that a log, an error page or a template cannot print by accident."""

from __future__ import annotations

from typing import Generic, Never, SupportsIndex, TypeVar

T = TypeVar("T")
_SHOWN = "···"


class Sealed(Generic[T]):
    """Hold an opened personal value; only ``reveal()`` gives it back.

    ``repr``, ``str``, formatting and anything built on them print ``···``. It refuses to be pickled
    (a cache or a queue would keep it) and compares by identity, so equality cannot be used to guess.
    It guards against accidents, not against code in the same process that means to look.
    """

    __slots__ = ("__value",)

    def __init__(self, value: T) -> None:
        self.__value = value

    def reveal(self) -> T:
        """Return the value itself. Whoever calls this answers for where it goes."""
        return self.__value

    def __repr__(self) -> str:
        return _SHOWN

    def __format__(self, spec: str) -> str:
        # A width or precision would tell the length, so it is ignored.
        return _SHOWN

    def __copy__(self) -> Sealed[T]:
        return self

    def __deepcopy__(self, memo: object) -> Sealed[T]:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("a sealed value is never pickled")
