"""A small OpenID provider on loopback: real HTTP, real keys, and every fault that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

Claims = dict[str, Any]
CLIENT, SECRET = "sinmungo-test", "secret-of-a-test"


def new_key() -> rsa.RSAPrivateKey:
    """Make a key of 2,048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Knows one person; ``change`` may change the claims, and ``sign`` how they are signed."""

    def __init__(self) -> None:
        self.key = new_key()
        self.person: Claims = {"sub": "subject-1", "preferred_username": "nuri"}
        self.change: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = self.signed
        self.describe: Callable[[Claims], Claims] = lambda described: described
        self.asked: dict[str, dict[str, str]] = {}
        self.faults: list[str] = []

    def signed(self, claims: Claims, key: Any = None, alg: str = "RS256", kid: str = "one") -> str:
        """Return the claims as a token."""
        return jwt.encode(claims, key or self.key, algorithm=alg, headers={"kid": kid})

    def __enter__(self) -> Self:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.answer(*provider.get(urlsplit(self.path)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.answer(*provider.token({name: one[0] for name, one in parse_qs(body).items()}))

            def answer(self, status: int, body: Claims | str) -> None:
                self.send_response(status)
                if isinstance(body, str):
                    self.send_header("location", body)
                content = b"" if isinstance(body, str) else json.dumps(body).encode()
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def get(self, address: Any) -> tuple[int, Claims | str]:
        """Answer discovery, keys and the authorization endpoint."""
        if address.path == "/.well-known/openid-configuration":
            return 200, self.describe(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                    "end_session_endpoint": f"{self.url}/end",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        if address.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}
        asked = {name: one[0] for name, one in parse_qs(address.query).items()}
        code = secrets.token_urlsafe(8)
        self.asked[code] = asked
        return 302, f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str]) -> tuple[int, Claims]:
        """Answer the token endpoint: the client's secret, the code once, and PKCE are checked."""
        asked = self.asked.pop(given.get("code", ""), None)
        proof = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        if asked is None or given.get("client_secret") != SECRET:
            self.faults.append("code or secret")
            return 400, {"error": "invalid_grant"}
        if asked.get("code_challenge_method") != "S256" or asked.get("code_challenge") != challenge:
            self.faults.append("PKCE")
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            **self.person,
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce", ""),
        }
        token = self.sign(self.change(claims))
        return 200, {"access_token": "token", "token_type": "Bearer", "id_token": token}
