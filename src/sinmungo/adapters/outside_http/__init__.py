"""HTTP to addresses that somebody else wrote down: to public machines only, and never for long.

A name is resolved once and that very address is called, so it cannot change between check and use; the
certificate and the Host header are still the name's. Redirects are not followed here. No cookies, no
referrer, no proxy of the environment.
"""

from sinmungo.adapters.outside_http.addresses import (
    Address,
    MayCall,
    Resolver,
    any_address,
    is_loopback,
    is_public,
    resolved,
)
from sinmungo.adapters.outside_http.errors import NotReached
from sinmungo.adapters.outside_http.exchange import Ask, exchange, read_up_to, read_url

__all__ = [
    "Address",
    "Ask",
    "MayCall",
    "NotReached",
    "Resolver",
    "any_address",
    "exchange",
    "is_loopback",
    "is_public",
    "read_up_to",
    "read_url",
    "resolved",
]
