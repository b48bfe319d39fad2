"""Audits as people meet them: blind, one after another, with the lesson of gold and the news of a trip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from sinmungo.apps.autonomy.models import Audit, Automation, Incident
from sinmungo.apps.autonomy.services import bursting, laying
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import services as items
from sinmungo.apps.review.models import Assignment, GoldItem, Reveal, Viewing
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import Level
from sinmungo.web.console.handles import to_handle
from tests.apps.autonomy import made
from tests.apps.review import made as people
from tests.common import factories
from tests.web import automated
from tests.web.pictured import ADDRESS, OFFER, pictures

pytestmark = pytest.mark.django_db
LIST = "/console/audits/"


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def automation(world: made.World) -> Automation:
    return made.automation(world)


@pytest.fixture
def auditor() -> User:
    return people.member()


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def place(audit: Audit) -> str:
    return f"/console/audit/{to_handle(audit.assignment_id)}/"


def main(response: object) -> str:
    return response.content.decode().split("<main")[1]  # type: ignore[attr-defined]


def answer(client: Client, audit: Audit, verdict: str = "right", words: str = ""):  # type: ignore[no-untyped-def]
    return client.post(place(audit) + "answer", {"verdict": verdict, "words": words})


def gold_of(world: made.World, keeper: User, *, violation: bool, days: int = 0) -> Audit:
    """Lay a gold item among the audits; it was posted ``days`` ago."""
    seen = factories.seen(made.post(world).item, text=made.GIFTS, at=clock.now() - timedelta(days=days))
    seen.save()
    audit = made.audit(world, made.act(world, made.automation(world), seen))
    gold = GoldItem.objects.create(
        id=ids.new_id(),
        version=audit.version,
        policy_version=world.version,
        violation=violation,
        answers={},
        why="선물을 미끼로 다른 곳을 누르게 합니다.",
        made_by=keeper,
        made_at=clock.now(),
    )
    Audit.objects.filter(pk=audit.pk).update(act=None, gold=gold, kind=Audit.Kind.GOLD)
    audit.refresh_from_db()
    return audit


@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_audit_does_not_show_what_was_done(
    world: made.World, automation: Automation, auditor: User, language: str
) -> None:
    """No decision, rule, level, score, account or statement stands in the page."""
    act = made.acted(world, automation)
    audit = made.audit(world, act)
    client = browser(auditor, language)
    assert act.decision is not None and act.account is not None
    for step in ("before", "in hand"):
        page = main(client.get(place(audit)))
        assert made.GIFTS in page
        hidden = [act.decision.case_code, automation.rule, act.item.external_id, act.account.external_id]
        hidden += ["Suspend", "정지", "1.0", "<mark", "automations"]
        assert [word for word in hidden if word in page] == [], step
        client.post(
            place(audit) + "claim", {"version": Assignment.objects.get(pk=audit.assignment_id).version}
        )
    assert Viewing.objects.filter(user=auditor, assignment=audit.assignment).exists()


def test_pages_of_an_act_and_of_gold_differ_in_nothing(world: made.World, auditor: User) -> None:
    """Its token apart: nobody can tell that they are being measured, though gold is of long ago."""
    lead = people.member("lead")
    acted = made.audit(world, made.acted(world, made.automation(world)))
    laid = (acted, gold_of(world, lead, violation=False, days=200))
    pages = [main(browser(auditor).get(place(audit))) for audit in laid]
    one, other = (re.sub(r'value="[A-Za-z0-9]{60,}"', "", page) for page in pages)
    assert one == other


def test_the_list_puts_what_holds_acts_up_first(
    world: made.World, automation: Automation, auditor: User
) -> None:
    """Bursts come before what waited longer, with their due times and no text of any item."""
    automated.waiting(world, automation, 2)
    acts = [made.acted(world, automation)]
    burst = automated.burst(automation)
    laying.lay(acts=acts, kind=Audit.Kind.BURST, at=clock.now(), burst=burst)
    page = main(browser(auditor).get(LIST))
    assert page.index("acts are held until it is answered") < page.index("</li>")
    assert page.count("<li") == 3 and "due in" in page
    assert made.GIFTS not in page


def test_what_was_left_of_a_burst_that_ended_holds_nothing(
    world: made.World, automation: Automation, auditor: User
) -> None:
    """Once the automation was stopped nothing waits for these answers, and no page says so."""
    acts = [made.acted(world, automation)]
    burst = automated.burst(automation)
    laying.lay(acts=acts, kind=Audit.Kind.BURST, at=clock.now(), burst=burst)
    one = place(Audit.objects.get())
    assert "acts are held until" in main(browser(auditor).get(one))
    bursting.end(automation=automation, at=clock.now())
    assert "acts are held until" not in main(browser(auditor).get(LIST))
    assert "acts are held until" not in main(browser(auditor).get(one))


def test_an_overdue_audit_says_so(world: made.World, automation: Automation, auditor: User) -> None:
    """Beside the audit and above the list."""
    made.audit(world, made.acted(world, automation), at=clock.now() - timedelta(hours=4))
    page = main(browser(auditor).get(LIST))
    assert "1 is overdue" in page and "overdue for" in page


def test_audits_follow_one_another(world: made.World, automation: Automation, auditor: User) -> None:
    """The button takes the first; each verdict opens the next; after the last the list says it is empty."""
    audits = automated.waiting(world, automation, 3)
    client = browser(auditor)
    following = client.post(LIST + "next")
    for _ in audits:
        assert following["location"].startswith("/console/audit/")
        assert client.get(following["location"]).status_code == 200
        following = client.post(following["location"] + "answer", {"verdict": "right", "words": ""})
    assert following["location"] == LIST
    assert "No audit waits for you." in main(client.get(LIST))
    assert Audit.objects.filter(wrong=False, auditor=auditor).count() == 3


def test_words_are_kept_sealed(world: made.World, automation: Automation, auditor: User) -> None:
    """What made it hard to judge is kept, and not as it was typed."""
    audit = automated.waiting(world, automation)[0]
    answer(browser(auditor), audit, "wrong", "선물 이야기일 뿐입니다")
    audit.refresh_from_db()
    assert audit.wrong is True and audit.words and "선물".encode() not in bytes(audit.words)


def test_too_many_words_come_back_with_the_form(
    world: made.World, automation: Automation, auditor: User
) -> None:
    """At the limit they are kept; one more and the page says so, with what was typed."""
    first, second = automated.waiting(world, automation, 2)
    client = browser(auditor)
    client.post(place(first) + "claim", {"version": 1})
    refused = answer(client, first, "right", "가" * 1001)
    assert refused.status_code == 422 and "at most 1000" in main(refused) and "가" * 1001 in main(refused)
    assert answer(client, second, "right", "가" * 1000).status_code == 302


@pytest.mark.parametrize("verdict", ["", "maybe", "RIGHT"])
def test_a_verdict_that_is_none_changes_nothing(
    world: made.World, automation: Automation, auditor: User, verdict: str
) -> None:
    """Only the two buttons answer."""
    audit = automated.waiting(world, automation)[0]
    assert answer(browser(auditor), audit, verdict).status_code == 422
    audit.refresh_from_db()
    assert audit.wrong is None


def test_a_second_answer_changes_nothing(world: made.World, automation: Automation, auditor: User) -> None:
    """The page says that the first one stands."""
    audit = automated.waiting(world, automation)[0]
    client = browser(auditor)
    answer(client, audit, "right")
    again = answer(client, audit, "wrong")
    assert again.status_code == 409 and "The first answer stands." in main(again)
    audit.refresh_from_db()
    assert audit.wrong is False
    assert "You have answered this." in main(client.get(place(audit)))


def test_what_a_colleague_holds_is_left_to_them(
    world: made.World, automation: Automation, auditor: User
) -> None:
    """The list and the page name who has it, and taking it is refused."""
    audit = automated.waiting(world, automation)[0]
    colleague = people.member(name="먼저잡은이")
    browser(colleague).post(place(audit) + "claim", {"version": audit.assignment.version})
    client = browser(auditor)
    assert "먼저잡은이" in main(client.get(LIST)) and "먼저잡은이" in main(client.get(place(audit)))
    assert client.post(place(audit) + "claim", {"version": 2}).status_code == 409
    assert client.post(LIST + "next")["location"] == LIST


def test_gold_teaches_after_it_was_answered(world: made.World, auditor: User) -> None:
    """The right answer and why stand on the page that follows, and no score."""
    audit = gold_of(world, people.member("lead"), violation=True)
    client = browser(auditor)
    assert "gold" not in main(client.get(place(audit)))
    assert answer(client, audit, "wrong")["location"] == place(audit)
    page = main(client.get(place(audit)))
    assert "You saw it differently." in page and "It is a violation." in page
    assert "다른 곳을 누르게" in page


def test_a_verdict_that_trips_the_breaker_says_so_and_links_the_incident(
    world: made.World, automation: Automation, auditor: User
) -> None:
    """The automation is stopped before the next page is shown, and that page says so."""
    audits = automated.waiting(world, automation, 14)
    client = browser(auditor)
    for audit in audits:
        following = answer(client, audit, "wrong")
        automation.refresh_from_db()
        if automation.level == Level.SUSPENDED:
            break
    incident = Incident.objects.get()
    page = main(client.get(following["location"]))
    assert "This verdict tripped the detector" in page
    assert f'href="/console/incidents/{incident.code}/"' in page
    seen = main(browser(people.member("lead")).get(f"/console/automation/{to_handle(automation.pk)}/"))
    assert "Suspended" in seen and incident.code in seen


def test_nobody_opens_an_audit_of_another_platform(world: made.World, automation: Automation) -> None:
    """The address answers as if there were none."""
    audit = automated.waiting(world, automation)[0]
    elsewhere = people.member(platform=made.world().platform.slug)
    client = browser(elsewhere)
    assert client.get(place(audit)).status_code == 404
    assert answer(client, audit).status_code == 404
    assert place(audit) not in main(client.get(LIST))


def test_who_decided_about_the_item_does_not_audit_it(world: made.World, automation: Automation) -> None:
    """They know the case, so it is not among theirs."""
    audit = automated.waiting(world, automation)[0]
    knows = people.member()
    Assignment.objects.filter(pk=audit.assignment_id).update(barred=knows)
    client = browser(knows)
    assert place(audit) not in main(client.get(LIST)) and client.get(place(audit)).status_code == 404


@pytest.fixture
def pictured(world: made.World, automation: Automation, settings: Settings) -> Iterator[Audit]:
    """An audit of a post with a picture that its platform serves."""
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    with pictures() as serving:
        items.set_media_hosts(platform=world.platform, hosts=("127.0.0.1",), actor=SYSTEM)
        media = [{"sha256": f"{1:064x}", "kind": "image", "url": serving.url}]
        version = people.seen(made.post(world).item, made.GIFTS, media=media)
        yield made.audit(world, made.acted(world, automation, version))


def test_pictures_of_an_audit_are_veiled_until_asked_for(pictured: Audit, auditor: User) -> None:
    """As on a case's page: blurred first, each showing written down, and back to the audit."""
    client = browser(auditor)
    page = client.get(place(pictured)).content.decode()
    assert 'alt="Picture 1 of 1, blurred"' in page
    assert client.get(ADDRESS.findall(page)[0]).status_code == 200
    shown = client.post("/console/media/show", {"offer": OFFER.findall(page)[0]}).content.decode()
    assert "without colour" in shown and f'href="{place(pictured)}"' in shown
    assert client.get(ADDRESS.findall(shown)[0])["Content-Type"] == "image/jpeg"
    (row,) = Reveal.objects.all()
    assert (row.user, row.version) == (auditor, pictured.version)


def test_a_picture_of_an_audit_is_for_its_auditor_alone(pictured: Audit, auditor: User) -> None:
    """A pass is of no use to anybody else, nor to who was barred after it was made."""
    client = browser(auditor)
    address = ADDRESS.findall(client.get(place(pictured)).content.decode())[0]
    assert browser(people.member()).get(address).status_code == 404
    Assignment.objects.filter(pk=pictured.assignment_id).update(barred=auditor)
    assert client.get(address).status_code == 404
