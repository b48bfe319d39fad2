"""Where staff may sign in by OpenID Connect, read from the environment; nowhere unless it is said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
MATCHES = ("", "preferred_username")


def is_safe(address: str) -> bool:
    """Return whether an address is https, or http on this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def provider_id(issuer: str) -> str:
    """Return the name under which bindings to ``issuer`` are kept.

    It is made from the address: who is bound at one issuer is nobody at another that takes its place.
    """
    return f"directory-{hashlib.sha256(issuer.encode()).hexdigest()[:16]}"


def providers(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return allauth's ``SOCIALACCOUNT_PROVIDERS``: one OpenID provider, or none without an address.

    Raises ImproperlyConfigured for an address that is not safe, and without a client's name.
    """
    issuer = environment.get("SINMUNGO_OIDC_URL", "").rstrip("/")
    if not issuer:
        return {}
    client_id = environment.get("SINMUNGO_OIDC_CLIENT_ID", "")
    if not is_safe(issuer) or not client_id:
        raise ImproperlyConfigured(
            "SINMUNGO_OIDC_URL must begin with https://, and SINMUNGO_OIDC_CLIENT_ID must be set"
        )
    app = {
        "provider_id": provider_id(issuer),
        "name": environment.get("SINMUNGO_OIDC_NAME") or urlsplit(issuer).hostname,
        "client_id": client_id,
        "secret": _secret(environment),
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True, "scope": ["openid", "profile"]},
    }
    return {"openid_connect": {"APPS": [app]}}


def match(environment: Mapping[str, str]) -> str:
    """Return by which claim people are found who are not bound yet; empty: by none.

    Raises ImproperlyConfigured for a claim that is not ``preferred_username``.
    """
    claim = environment.get("SINMUNGO_OIDC_MATCH", "")
    if claim not in MATCHES:
        raise ImproperlyConfigured("SINMUNGO_OIDC_MATCH is preferred_username or left out")
    return claim


def _secret(environment: Mapping[str, str]) -> str:
    file = environment.get("SINMUNGO_OIDC_CLIENT_SECRET_FILE", "")
    return Path(file).read_text().strip() if file else environment.get("SINMUNGO_OIDC_CLIENT_SECRET", "")
