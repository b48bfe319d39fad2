"""A sealed value does not get out by accident."""

import copy
import pickle
import pprint
from dataclasses import asdict, dataclass

import pytest

from sinmungo.core.sealing import Sealed

SECRET = "drum@example.invalid"


@pytest.mark.parametrize(
    "shown",
    [
        repr(Sealed(SECRET)),
        str(Sealed(SECRET)),
        f"{Sealed(SECRET)}",
        f"{Sealed(SECRET):>40}",
        f"{Sealed(SECRET)!r}",
        "%s" % Sealed(SECRET),  # noqa: UP031 - logging formats this way
        "{}".format(Sealed(SECRET)),  # noqa: UP032 - and messages this way
    ],
)
def test_every_way_of_printing_shows_dots(shown: str) -> None:
    """However it is formatted, only three dots are seen, whatever its length."""
    assert shown == "···"


def test_it_stays_sealed_inside_other_values() -> None:
    """Lists, mappings and dataclasses that hold one do not print it either."""

    @dataclass
    class Contact:
        address: Sealed[str]

    held = [Contact(Sealed(SECRET)), {"address": Sealed(SECRET)}, asdict(Contact(Sealed(SECRET)))]
    assert SECRET not in repr(held) + pprint.pformat(held)


def test_reveal_gives_the_value_back() -> None:
    """The one door opens, for any type, and for copies too."""
    assert Sealed(SECRET).reveal() == SECRET
    assert copy.deepcopy(Sealed([1, 2])).reveal() == [1, 2]
    assert copy.copy(Sealed(b"x")).reveal() == b"x"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_never_pickled(protocol: int) -> None:
    """No pickle protocol writes it, so caches and queues cannot keep it."""
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Sealed(SECRET), protocol)


def test_equality_cannot_be_used_to_guess() -> None:
    """Two sealed values of the same content are not equal."""
    assert Sealed(SECRET) != Sealed(SECRET)


def test_it_has_no_dictionary_to_dump() -> None:
    """Tools that dump an object's attributes find none."""
    assert not hasattr(Sealed(SECRET), "__dict__")
