"""Acts out the story of the demonstration, through the same doors as everybody: nothing is written past them.

Neighbours write and report on the platform, people without an account report, colleagues review, agree
and hear appeals, rightly and wrongly. Much is left open, so that every page has something on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import httpx
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from sinmungo.apps.appeals import queries as appeal_queries
from sinmungo.apps.appeals import services as appeals
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items import queries as items
from sinmungo.apps.statements import queries as statements
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import AppealOutcome
from sinmungo.demo import crowd, desk, drawings, known, sayings, script, wave
from sinmungo.demo.desk import Verdict
from sinmungo.demo.stage import Stage, StoryStuck, set_stage, settle
from sinmungo.demo.story import Story, StoryAccount, StoryPost
from sinmungo.journeys import report as reporting

REPORTED_FROM_OUTSIDE = 3

out = Console(highlight=False)


def main() -> int:
    """Play what has not been played yet; returns 0, or 1 with a sentence when it got stuck.

    After each part it is noted how far the story is, so that a play that was broken off goes on there.
    """
    stage = set_stage()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn())
    with Progress(*columns, console=out) as progress:
        task = progress.add_task("", total=len(PARTS), completed=stage.played.parts)
        for title, part in PARTS[stage.played.parts :]:
            progress.update(task, description=title)
            try:
                part(stage)
            except (StoryStuck, DomainError, httpx.HTTPError) as error:
                progress.console.print(f"The story got stuck at “{title}”: {error}")
                return 1
            stage.played.parts += 1
            stage.played.is_over = stage.played.parts == len(PARTS)
            stage.played.write(settings.HOME)
            progress.advance(task)
    return 0


def write_and_report(stage: Stage) -> None:
    """Two neighbours write, two others report it; people without an account report some more."""
    writers = _writers(stage.story)
    for (author, reporter), (name, post) in zip(writers, script.LIVE.items(), strict=True):
        written = stage.visit(author).write(post.text)
        settle(stage)  # a report must not be there before what it reports
        stage.visit(reporter).report("post", written, post.reason, post.words)
        stage.played.live[written] = name
    stage.played.locked_out, stage.played.put_right = (author.display_name for author, _ in writers)
    for unseen in _not_reported(stage.story)[:REPORTED_FROM_OUTSIDE]:
        reporting.file(
            platform=stage.platform,
            item_type="post",
            external_id=unseen.external_id,
            reason=sayings.REASONS[unseen.kind],
            actor=PUBLIC,
            words=script.FROM_OUTSIDE.to(unseen.lang),
            locale=unseen.lang,
        )


def object_and_hear(stage: Stage) -> None:
    """Some object; the mistake is put right, one decision is upheld, the other appeals stay open."""
    wrong = _told_of(stage, next(key for key, post in stage.live.items() if post is script.MISTAKEN))
    if _open([wrong]):
        _object(wrong, script.SAID_BY_THE_MISTAKEN)
    for told, words in _who_object(stage):
        _object(told, words.to(told.locale))
    for told in _rejected(stage)[:1]:
        _object(told, script.STILL_TROUBLED.to(told.locale))
    waiting = [row.appeal for row in appeal_queries.waiting(seen_by=stage.hearer, limit=50).rows]
    mistaken = [one for one in waiting if one.statement_id == wrong.id]
    others = [one for one in waiting if one not in mistaken and one.appellant == Appeal.Appellant.AFFECTED]
    verdicts = [Verdict(one, AppealOutcome.OVERTURNED, script.PUT_RIGHT) for one in mistaken]
    verdicts += [Verdict(one, AppealOutcome.UPHELD, script.UPHELD.to(one.locale)) for one in others[:1]]
    desk.hear(stage, verdicts)


def look_back(stage: Stage) -> None:
    """One more picture becomes known, and what was posted of it earlier is found."""
    known.learn(drawings.KNOWN_SCAMS[1], hunt=True)
    settle(stage)


def suspend_a_wave(stage: Stage) -> None:
    """Newcomers asked for a playground this morning, and a rule suspended them all; one of them is you."""
    count = wave.size()
    wave.roll(stage.platform, count)
    if count:
        stage.played.you = crowd.crowd(1, until=clock.now())[0].handle
    settle(stage)


PARTS: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("What the neighbours wrote is screened", settle),
    ("Neighbours write and report", write_and_report),
    ("Their reports arrive", settle),
    ("Colleagues review", desk.decide_cases),
    ("The platform acts and shows statements", settle),
    ("Appeals come in, two are heard", object_and_hear),
    ("What was wrong is put right", settle),
    ("A known picture is looked for in what was posted", look_back),
    ("A rule suspends a wave of newcomers by itself", suspend_a_wave),
)


def _writers(story: Story) -> list[tuple[StoryAccount, StoryAccount]]:
    """Return who writes, and who reports it; the lure comes from somebody troublesome."""
    korean = [account for account in story.accounts if account.locale == "ko"]
    quiet = [account for account in korean if not account.troublesome]
    troublesome = next(account for account in korean if account.troublesome)
    return [(troublesome, quiet[0]), (quiet[1], quiet[2])]


def _not_reported(story: Story) -> list[StoryPost]:
    reported = {report.post for report in story.reports}
    return [post for post in story.posts if post.kind in sayings.TROUBLE and post.external_id not in reported]


def _told_of(stage: Stage, external_id: str) -> Statement:
    """Return what the author of a post was told; raises StoryStuck when nothing was decided."""
    told = _statement(_decision(stage, external_id))
    if told is None:
        raise StoryStuck("A statement is missing.")
    return told


def _decision(stage: Stage, external_id: str) -> Decision | None:
    item = items.item(platform_id=stage.platform.pk, item_type="post", external_id=external_id)
    return next(iter(enforcement.standing_decisions(item)), None)


def _statement(decision: Decision | None, audience: str = Statement.Audience.AFFECTED) -> Statement | None:
    return statements.of_decision(decision.id, audience) if decision else None


def _object(statement: Statement, words: str) -> None:
    appeals.file(statement=statement, words=words, locale=statement.locale)


def _decided(stage: Stage, *, violation: bool) -> Iterable[Decision]:
    """Yield the standing decisions on posts of the story, in the story's order."""
    for post in stage.story.posts:
        decision = _decision(stage, post.external_id)
        if decision is not None and decision.violation == violation:
            yield decision


def _who_object(stage: Stage) -> list[tuple[Statement, script.Line]]:
    """Return statements of different categories, with what their readers object."""
    by_category = {decision.category: decision for decision in _decided(stage, violation=True)}
    told = _open(_statement(decision) for decision in by_category.values())
    return list(zip(told, script.APPEALS, strict=False))


def _rejected(stage: Stage) -> list[Statement]:
    """Return what reporters were told whose reports were answered with no violation."""
    return _open(_statement(d, Statement.Audience.REPORTER) for d in _decided(stage, violation=False))


def _open(told: Iterable[Statement | None]) -> list[Statement]:
    """Return the statements whose readers may appeal; in a play that was broken off some have already."""
    found = [one for one in told if one is not None]
    at = clock.now()
    return [
        one for one in found if appeal_queries.state(statement=one, content=content_of(one), at=at) == "open"
    ]
