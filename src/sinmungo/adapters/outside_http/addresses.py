"""Which addresses may be called, in every form in which one can be carried inside another.

Sources: the IANA special-purpose registries (RFC 6890), RFC 4291 (IPv4 inside IPv6), RFC 6052 and 8215
(NAT64), RFC 3056 (6to4).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime

from sinmungo.adapters.outside_http.errors import NotReached

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MayCall = Callable[[Address], bool]
#: The addresses of a host for a port, as texts; raises ``OSError`` when there are none.
Resolver = Callable[[str, int], Sequence[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
#: Not of the open internet, although the standard library of some versions says so; the second is where
#: one provider of machines answers about the machine itself.
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "168.63.129.16/32", "192.88.99.0/24", "240.0.0.0/4", "3fff::/20", "2001::/23"),
    )
)
_V4_BITS = 0xFFFFFFFF


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def any_address(number: Address) -> bool:  # noqa: ARG001 - a rule is asked about an address
    """Allow every address: for hosts that the operator names."""
    return True


def is_loopback(number: Address) -> bool:
    """Whether an address is this machine itself."""
    return number.is_loopback


def is_public(number: Address) -> bool:
    """Whether an address is on the open internet, also when it carries another one inside."""
    if any(number in network for network in _NOT_PUBLIC if network.version == number.version):
        return False
    if isinstance(number, ipaddress.IPv4Address):
        return number.is_global and not number.is_multicast
    inner = number.ipv4_mapped or number.sixtofour
    if number in _NAT64:
        inner = ipaddress.IPv4Address(int(number) & _V4_BITS)
    if inner is not None:
        return is_public(inner)
    return number in _GLOBAL_UNICAST and number.is_global


def resolved(
    host: str, port: int, *, may_call: MayCall, seconds: float, resolve: Resolver = system_resolver
) -> Address:
    """Return the first address of ``host``, found within ``seconds``. Raises NotReached.

    Each of its addresses must be one that may be called: a private one among public ones refuses the name.
    """
    found = _found(host, port, seconds, resolve)
    numbers = [ipaddress.ip_address(each.split("%")[0]) for each in found]
    if not numbers:
        raise NotReached("name_not_found", passing=True)
    if not all(may_call(number) for number in numbers):
        raise NotReached("private_address", passing=False)
    return numbers[0]


def _found(host: str, port: int, seconds: float, resolve: Resolver) -> Sequence[str]:
    """The system's own resolving has no bound of time, so it is waited for and then left alone."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="resolve")
    try:
        return pool.submit(resolve, host, port).result(seconds)
    except NotInTime as error:
        raise NotReached("timed_out", passing=True) from error
    except (OSError, UnicodeError) as error:
        raise NotReached("name_not_found", passing=True) from error
    finally:
        pool.shutdown(wait=False)
