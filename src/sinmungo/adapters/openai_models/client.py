"""One question to a model, one answer, and every way in which that fails told by one short word."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from sinmungo.adapters.openai_models.errors import AddressNotSafe, ExtraMissing, KeyNotRead
from sinmungo.adapters.openai_models.wire import AnswerTooLong, BoundedTransport
from sinmungo.journeys.consulting.values import NOTHING, ModelFailed, Tokens

#: Letters of an answer that are read at most, whatever the model wrote.
LONGEST_CONTENT = 32_000
_MOST_KEY_BYTES = 4096
_MOST_TOKENS = 10**9
#: Tokens that a server's own wrapping of a question may add.
_WRAPPING = 200
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said to a model: who it is, what it is given, and the form of its answer, if there is one."""

    system: str
    user: str
    most_written: int
    schema: Mapping[str, Any] | None = None

    def at_most(self) -> Tokens:
        """Return more tokens than asking can use: a token stands for at least one byte."""
        read = len(self.system.encode()) + len(self.user.encode()) + len(json.dumps(self.schema))
        return Tokens(read + _WRAPPING, self.most_written)


@dataclass(frozen=True, slots=True)
class Said:
    """What a model wrote, and how much that used, None when it did not tell."""

    content: str
    used: Tokens | None


class Chat:
    """A model by its name, at the operator's address.

    Raises ExtraMissing, AddressNotSafe or KeyNotRead when it is not set up as it must be.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._openai = _openai()
        self._url = _safe(settings.SINMUNGO_JUDGE_URL)
        self._key = _key()

    def say(self, prompt: Prompt, *, deadline: float) -> Said:
        """Return what the model wrote within ``deadline`` seconds; raises ModelFailed.

        A server that wants a short wait gets it, once; one that knows no schemas is asked without.
        """
        ends = time.monotonic() + deadline
        try:
            return self._say(prompt, ends)
        except ModelFailed as error:
            wait = error.retry_after
            if error.code != "busy" or wait is None or time.monotonic() + wait >= ends:
                raise
            time.sleep(wait)
            return self._say(prompt, ends)

    def _say(self, prompt: Prompt, ends: float) -> Said:
        if prompt.schema is None:
            return self._once(prompt, ends, None)
        wanted = {"name": "answer", "strict": True, "schema": dict(prompt.schema)}
        try:
            return self._once(prompt, ends, {"type": "json_schema", "json_schema": wanted})
        except ModelFailed as error:
            if error.code != f"status_{HTTPStatus.BAD_REQUEST}":
                raise
            return self._once(prompt, ends, None)

    def _once(self, prompt: Prompt, ends: float, form: Mapping[str, Any] | None) -> Said:
        openai = self._openai
        try:
            with httpx.Client(transport=BoundedTransport(ends=ends)) as http:
                client = openai.OpenAI(api_key=self._key, base_url=self._url, max_retries=0, http_client=http)
                answer = client.chat.completions.with_raw_response.create(
                    model=self._model,
                    messages=[
                        {"role": "system", "content": prompt.system},
                        {"role": "user", "content": prompt.user},
                    ],
                    temperature=0,
                    max_tokens=prompt.most_written,
                    **({"response_format": form} if form else {}),
                )
                return _read(answer.content)
        except openai.APITimeoutError as error:
            raise ModelFailed("too_slow", is_down=True) from error
        except openai.APIStatusError as error:
            raise _refused(error.response) from error
        except openai.APIConnectionError as error:
            raise _not_reached(error) from error


def _refused(response: httpx.Response) -> ModelFailed:
    """Name a status; a question that was refused cost nothing."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = _seconds(response.headers.get("retry-after", ""))
        return ModelFailed("busy", is_down=True, used=NOTHING, retry_after=wait)
    if status == HTTPStatus.NOT_FOUND:
        return ModelFailed("unknown_model", is_down=True, used=NOTHING)
    code = "key_refused" if status in _DENIED else f"status_{status}"
    return ModelFailed(code, is_down=status != HTTPStatus.BAD_REQUEST, used=NOTHING)


def _not_reached(error: BaseException) -> ModelFailed:
    causes = list(_causes(error))
    if any(isinstance(cause, AnswerTooLong) for cause in causes):
        return ModelFailed("too_long", is_down=False)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return ModelFailed("tls", is_down=True, used=NOTHING)
    return ModelFailed("not_reached", is_down=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _read(body: bytes) -> Said:
    """Return what stands in a completion; raises ModelFailed for anything that is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ModelFailed("not_json", is_down=False) from error
    used = _used(document)
    try:
        choice = document["choices"][0]
        content, ended = choice["message"]["content"], choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError) as error:
        raise ModelFailed("wrong_schema", is_down=False, used=used) from error
    if ended == "length":
        raise ModelFailed("cut_short", is_down=False, used=used)
    if ended == "content_filter" or not isinstance(content, str):
        raise ModelFailed("declined", is_down=False, used=used)
    if len(content) > LONGEST_CONTENT:
        raise ModelFailed("too_long", is_down=False, used=used)
    if not _is_unicode(content):  # JSON can hold half of a surrogate pair, which no page can
        raise ModelFailed("not_unicode", is_down=False, used=used)
    return Said(content, used)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _used(document: Any) -> Tokens | None:
    """Return what the server counted, if it looks like a count."""
    usage = document.get("usage") if isinstance(document, dict) else None
    if not isinstance(usage, dict):
        return None
    read, written = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return None if read is None or written is None else Tokens(read, written)


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if is_count else None


def _seconds(told: str) -> float | None:
    return float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else None


def _safe(address: str) -> str:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise AddressNotSafe from error
    plain_here = url.scheme == "http" and _is_loopback(url.host)
    if not plain_here and not (url.scheme == "https" and url.host):
        raise AddressNotSafe
    return address


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _key() -> str:
    """Return the key from the environment or its file; a server on this machine may need none."""
    if not settings.SINMUNGO_JUDGE_KEY_FILE:
        return settings.SINMUNGO_JUDGE_KEY or "none"
    try:
        with Path(settings.SINMUNGO_JUDGE_KEY_FILE).open("rb") as file:
            key = file.read(_MOST_KEY_BYTES).decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise KeyNotRead from error
    if not key:
        raise KeyNotRead
    return key


@lru_cache(maxsize=1)
def _openai() -> Any:
    """Import the client library when it is first needed: it takes a second and may not be installed."""
    try:
        return import_module("openai")
    except ImportError as error:
        raise ExtraMissing from error
