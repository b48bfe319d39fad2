"""A case with pictures on a platform of this machine, for tests of what the console shows of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import services as items
from sinmungo.apps.review.models import Case
from tests.adapters.test_media import head
from tests.adapters.test_webhooks import Speaking
from tests.apps.review import made
from tests.common import drawn

ADDRESS = re.compile(r'src="(/console/media/[^"]+)"')
OFFER = re.compile(r'name="offer" value="([^"]+)"')


@contextmanager
def pictures() -> Iterator[Speaking]:
    """Serve one drawn picture at every address."""
    content = drawn.written(drawn.shapes(), "PNG")
    answer = head(len(content), "image/png") + content
    with Speaking(lambda connection: connection.sendall(answer)) as there:
        yield there


def case_with(*addresses: str, hosts: tuple[str, ...] = ("127.0.0.1",)) -> Case:
    """Make a case that waits, its item with a picture at each address. Local hosts must be allowed."""
    found = made.waiting_case(made.world().platform)
    if hosts:
        items.set_media_hosts(platform=found.item.platform, hosts=hosts, actor=SYSTEM)
    media = [{"sha256": f"{place:064x}", "kind": "image", "url": url} for place, url in enumerate(addresses)]
    version = made.seen(found.item, made.WORDS, media=media)
    Case.objects.filter(pk=found.pk).update(version=version)
    return Case.objects.select_related("version", "item__platform").get(pk=found.pk)
