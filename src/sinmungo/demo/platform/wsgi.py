"""The platform as granian serves it: the application, the sender, and the line that says it is ready."""

from __future__ import annotations

import os
import threading
import time

import httpx
from django.core.wsgi import get_wsgi_application

from sinmungo.demo.platform.config import CONFIG

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.demo.platform.settings")
application = get_wsgi_application()

from sinmungo.demo.platform.sender import SENDER  # noqa: E402  models need the application first

READY = "demo platform ready at"


def _announce() -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{CONFIG.port}/healthz", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            os.write(1, f"{READY} {CONFIG.own_url}\n".encode())
            return


SENDER.start()
threading.Thread(target=_announce, name="announce", daemon=True).start()
