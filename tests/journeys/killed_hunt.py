"""The parts of a story about a killed search that run in processes of their own.

``python -m tests.journeys.killed_hunt prepare|work|finish`` with ``SINMUNGO_HOME`` set; one JSON document
out on stdout.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()

from django.core.management import call_command

from sinmungo.apps.base import clock
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.models import Hunt, HuntFind, SeenMedia
from sinmungo.core.matching.fingerprints import KitHash, pack
from sinmungo.journeys import hunt
from sinmungo.journeys.hunting import looking
from tests.apps.screening.banks import made as banks
from tests.common import factories as make
from tests.journeys import matched

VERSIONS, PLACES = 120, 50
#: Every so many of the media is a re-post of what the bank learns.
EACH = 97
KNOWN = banks.bits(1)
_COLUMNS = ("version_id", "place", "sha256", "is_clip", "hashes", "seen_at", "hashed_at")


def prepare() -> dict[str, Any]:
    """Make a database with thousands of media, of which some are re-posts, and a search that is owed."""
    call_command("migrate", verbosity=0, interactive=False)
    author = make.account(make.platform())
    names = [f"post-{number}" for number in range(VERSIONS)]
    versions = make.posts(author.platform, [author] * VERSIONS, names)
    now, noise = clock.now(), pack([KitHash(16, banks.bits(2))])
    near = pack([KitHash(16, banks.bits(3)), KitHash(18, banks.flipped(KNOWN, 9))])
    seen.ready()
    noise, near = seen.sealed([noise, near])
    rows = [
        (version.pk, place, bytes(32), False, near if is_near else noise, now, now)
        for number, version in enumerate(versions)
        for place in range(PLACES)
        for is_near in [(number * PLACES + place) % EACH == 0]
    ]
    base_rows.insert_values(SeenMedia, _COLUMNS, rows)
    matched.learned(banks.bank("known-pictures"), banks.picture(KNOWN))
    return {"planted": sum(row[4] == near for row in rows)}


def work() -> dict[str, Any]:
    """Go on with the search in slices of 40 until it ends; whoever claimed it before was killed."""
    looking.LARGEST_SLICE = 40
    while hunt.keep(now=clock.now() + timedelta(hours=int(sys.argv[2])), limit=1):
        pass
    return {}


def finish() -> dict[str, Any]:
    """Tell what the database holds in the end."""
    work()
    row = Hunt.objects.get()
    judged = Counter(version for batch in EventBatch.objects.all() for version in batch.version_ids)
    finds = list(HuntFind.objects.values_list("version_id", "place"))
    return {
        "done": row.done_at is not None,
        "looked": row.looked,
        "total": row.total,
        "found": row.found,
        "finds": len(finds),
        "distinct": len(set(finds)),
        "attempts": row.attempts,
        "versions": len({version for version, _ in finds}),
        "judged": len(judged),
    }


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "work": work, "finish": finish}[sys.argv[1]]()))
