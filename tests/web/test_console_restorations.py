"""Restorations as people meet them: proposed, counted, confirmed by another, watched, accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from sinmungo.apps.autonomy.models import AccountRecord, Affected, Audit, Incident, Restoration
from sinmungo.apps.autonomy.queries.restorations import Progress
from sinmungo.apps.autonomy.services import audits
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.staff.models import Role, User
from sinmungo.apps.vault import services as vault
from sinmungo.web.console import restoration_page
from sinmungo.web.console.handles import to_handle
from tests.apps.autonomy import wronged
from tests.apps.review import made as people

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    return people.member("lead", name="제안한이")


@pytest.fixture
def other() -> User:
    return people.member("policy", name="확인한이")


def browser(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def main(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode().split("<main")[1])  # type: ignore[attr-defined]


def proposed(wave: wronged.Wave, user: User) -> str:
    """Propose by the form as it stands, and return the address of the restoration."""
    client, form = browser(user), f"/console/incidents/{wave.incident.code}/restore"
    page = client.get(form).content.decode()
    value = re.compile(r'name="(window_from|window_to)"[^>]*value="([^"]*)"')
    answer = client.post(form, {"automation": to_handle(wave.automation.pk), **dict(value.findall(page))})
    assert answer.status_code == 302, re.findall('role="alert">([^<]*)', answer.content.decode())
    return str(answer["location"])


def act(user: User, place: str, what: str, **more: str):  # type: ignore[no-untyped-def]
    return browser(user).post(place + "act", {"act": what, **more})


def begun(wave: wronged.Wave, lead: User, other: User) -> tuple[str, Restoration]:
    """Propose, count and confirm."""
    place = proposed(wave, lead)
    assert act(lead, place, "count").status_code == 302
    digest = Restoration.objects.get().digest
    assert act(other, place, "confirm", digest=digest).status_code == 302
    return place, Restoration.objects.get()


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_who_may_restore_proposes_and_who_sees_automations_watches(role: str, lead: User) -> None:
    """The form is for two roles; the page of one is for five; acts are for the two."""
    wave = wronged.wave(1)
    place = proposed(wave, lead)
    client = browser(people.member(role))
    restores = role in ("lead", "policy")
    sees = restores or role in ("administrator", "reviewer", "observer")
    form = f"/console/incidents/{wave.incident.code}/restore"
    assert client.get(form).status_code == (200 if restores else 403)
    assert client.get(place).status_code == (200 if sees else 404)
    assert client.get(place + "accounting.json").status_code == (200 if sees else 404)
    status = client.post(place + "act", {"act": "count"}).status_code
    assert status == (302 if restores else 403 if sees else 404)


def test_the_form_begins_with_the_automation_and_the_window(lead: User) -> None:
    """The onset in the platform's time, and the automation that tripped is chosen."""
    wave = wronged.wave(1)
    page = main(browser(lead).get(f"/console/incidents/{wave.incident.code}/restore"))
    local = wave.incident.onset_from + timedelta(hours=9)
    assert f'value="{local:%Y-%m-%dT%H:%M}"' in page and "Korea time" in page
    assert f'value="{to_handle(wave.automation.pk)}" checked' in page


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"automation": []}, "Choose at least one automation"),
        ({"window_to": "2020-01-01T00:00"}, "the end after the beginning"),
        (
            {"window_from": "2020-01-01T00:00", "window_to": "2020-01-02T00:00"},
            "Nobody of this incident waits",
        ),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_with_what_was_typed(
    lead: User, sent: dict[str, object], told: str
) -> None:
    """The sentence says why, and nothing is proposed."""
    wave = wronged.wave(1)
    whole = {
        "automation": [to_handle(wave.automation.pk)],
        "window_from": "2026-01-01T00:00",
        "window_to": "2099-01-01T00:00",
        **sent,
    }
    answer = browser(lead).post(f"/console/incidents/{wave.incident.code}/restore", whole)
    assert answer.status_code == 422 and told in main(answer)
    assert not Restoration.objects.exists()


@pytest.mark.parametrize(
    "moment",
    ["", "yesterday", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59-14:00", "2026-11-01T00:00Z"],
)
def test_a_window_that_is_no_time_is_refused(lead: User, moment: str) -> None:
    """On the form itself, where it can be mended."""
    wave = wronged.wave(1)
    sent = {"automation": to_handle(wave.automation.pk), "window_from": moment, "window_to": moment}
    answer = browser(lead).post(f"/console/incidents/{wave.incident.code}/restore", sent)
    assert answer.status_code == 422 and "A day or a time is missing" in main(answer)
    assert not Restoration.objects.exists()


def test_counting_restores_nobody_and_says_who_would_be(lead: User) -> None:
    """The numbers and their digest stand there; everybody still waits."""
    wave = wronged.wave(3)
    place = proposed(wave, lead)
    act(lead, place, "count")
    page = main(browser(lead).get(place))
    assert "Would be restored</dt><dd><strong>3</strong>" in page
    assert Restoration.objects.get().digest in page
    assert Affected.objects.filter(state=Affected.State.WAITING).count() == 3


def test_another_person_confirms_what_was_counted(lead: User, other: User) -> None:
    """Who proposed it is refused with a sentence; another one begins it, and both are named."""
    wave = wronged.wave(2)
    place = proposed(wave, lead)
    act(lead, place, "count")
    digest = Restoration.objects.get().digest
    refused = act(lead, place, "confirm", digest=digest)
    assert refused.status_code == 403 and "somebody else has to confirm" in main(refused)
    assert "so somebody else confirms it" in main(browser(lead).get(place))
    assert act(other, place, "confirm", digest=digest).status_code == 302
    page = main(browser(lead).get(place))
    assert "제안한이" in page and "확인한이" in page and "running" in page


def test_what_changed_since_the_count_is_not_confirmed(lead: User, other: User) -> None:
    """Somebody was put right meanwhile: the page says to count again."""
    wave = wronged.wave(2)
    place = proposed(wave, lead)
    act(lead, place, "count")
    digest = Restoration.objects.get().digest
    Affected.objects.filter(pk=wave.affected[0].pk).update(state=Affected.State.UPHELD)
    refused = act(other, place, "confirm", digest=digest)
    assert refused.status_code == 409 and "Run it again" in main(refused)
    assert Restoration.objects.get().state == Restoration.State.READY


def test_a_sample_is_looked_at_first_where_harm_may_be_severe(lead: User, other: User) -> None:
    """The page says how many wait and leads to the audits; counting is refused until they are answered."""
    wave = wronged.wave(2)
    Incident.objects.update(is_severe=True)
    place = proposed(wave, lead)
    page = main(browser(lead).get(place))
    assert "0 of 2 were looked at" in page and 'href="/console/audits/"' in page
    assert "2 still wait" in page
    assert act(lead, place, "count").status_code == 409
    for audit in Audit.objects.filter(kind=Audit.Kind.RESTORATION):
        audits.answer(audit=audit, user=people.member(), wrong=True, words="", at=clock.now())
    assert act(lead, place, "count").status_code == 302
    assert "2 of 2 were looked at; 2 of these decisions were wrong" in main(browser(other).get(place))


def test_a_running_one_shows_a_bar_that_asks_again(lead: User, other: User) -> None:
    """With a script every two seconds, without one by itself; the bar's part stands alone."""
    place, _row = begun(wronged.wave(2), lead, other)
    whole = browser(lead).get(place).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in whole and 'hx-trigger="every 2s"' in whole
    assert "style=" not in whole
    part = browser(lead).get(place + "progress")
    assert part.status_code == 200 and "<html" not in part.content.decode()
    assert "0 of 2" in part.content.decode() and "HX-Refresh" not in part


def test_it_is_paused_goes_on_and_is_cancelled(lead: User, other: User) -> None:
    """Each by its button; one that is over offers none, and the part of the page asks for the whole."""
    place, row = begun(wronged.wave(2), lead, other)
    for what, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert act(lead, place, what).status_code == 302
        row.refresh_from_db()
        assert row.state == state
    page = browser(lead).get(place).content.decode()
    assert 'name="act"' not in page and "every 2s" not in page
    assert browser(lead).get(place + "progress")["HX-Refresh"] == "true"
    refused = act(lead, place, "resume")
    assert refused.status_code == 409 and "now “cancelled”" in main(refused)


def test_a_state_is_named_as_pages_name_it_also_in_a_refusal(lead: User, other: User) -> None:
    """In Korean no word of the machine stands there; the desk of incidents is the current one."""
    place, _row = begun(wronged.wave(2), lead, other)
    refused = browser(other, "ko").post(place + "act", {"act": "resume"})
    told = main(refused)
    assert refused.status_code == 409 and "지금은 “복구하는 중”" in told and "running" not in told
    page = browser(other, "ko").get(place).content.decode()
    assert 'href="/console/incidents/" aria-current="page"' in page


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("webhook.status_403", "answered with the HTTP status 403"),
        ("webhook.no_address", "could not be told (no_address)"),
        ("vault.destroyed", "asked to be forgotten"),
        ("decision.state_changed", "decision.state_changed"),
    ],
)
def test_why_somebody_could_not_be_restored_is_told_in_words(
    lead: User, other: User, code: str, told: str
) -> None:
    """What a platform did is a sentence; a code that nobody foresaw is shown as it is."""
    wave = wronged.wave(1)
    place, _row = begun(wave, lead, other)
    Affected.objects.update(state="impossible", why=code)
    assert told in main(browser(lead).get(place))
    assert told in main(browser(lead).get(f"/console/incidents/{wave.incident.code}/people/"))


@pytest.mark.parametrize("what", ["", "delete", "confirmed"])
def test_an_act_that_is_none_is_refused(lead: User, what: str) -> None:
    """Nothing but the buttons."""
    place = proposed(wronged.wave(1), lead)
    assert act(lead, place, what).status_code == 422


def test_what_could_not_be_undone_is_listed_with_the_reason_and_nobodys_handle(
    lead: User, other: User
) -> None:
    """By state and reason, and one by one for who may restore; an observer sees the counts alone."""
    wave = wronged.wave(3)
    place, _row = begun(wave, lead, other)
    for affected, state, why in zip(
        wave.affected, ("restored", "impossible", "left_out"), ("", "gone", "another_ground"), strict=True
    ):
        Affected.objects.filter(pk=affected.pk).update(state=state, why=why)
    page, seen = main(browser(lead).get(place)), main(browser(people.member("observer")).get(place))
    for told in (page, seen):
        assert "the platform says it is gone" in told and "something else restricts" in told
    code = wave.affected[1].decision.case_code
    assert code in page and code not in seen
    handles = [each.item.external_id for each in wave.affected]
    assert not [handle for handle in handles if handle in page]


def test_what_did_not_return_is_listed(lead: User, other: User) -> None:
    """How many followers and memberships are missing, by case; not which."""
    wave = wronged.wave(2)
    place, _row = begun(wave, lead, other)
    record = wronged.recorded(wave.affected[0], after={"followers": 100, "memberships": ["동네 장터"]})
    record.missing = 2
    record.save()
    page = main(browser(lead).get(place))
    assert "20 followers, 1 membership" in page and "그림 동아리" not in page
    assert wave.affected[0].decision.case_code in page


def test_the_page_opens_when_somebody_on_it_asked_to_be_forgotten(lead: User, other: User) -> None:
    """What they missed cannot be read any more; the others' can."""
    wave = wronged.wave(2)
    place, _row = begun(wave, lead, other)
    forgotten, _kept = (wronged.recorded(each, after={"followers": 100}) for each in wave.affected)
    AccountRecord.objects.update(missing=1)
    vault.destroy([forgotten.key_ref], actor=SYSTEM)
    page = main(browser(lead).get(place))
    assert page.count("20 followers") == 1


def test_the_accounting_is_a_file_whose_numbers_add_up(lead: User, other: User) -> None:
    """Everybody is exactly one of the numbers."""
    wave = wronged.wave(3)
    place, _row = begun(wave, lead, other)
    answer = browser(lead).get(place + "accounting.json")
    told = answer.json()
    parts = ("restored", "already", "left_out", "impossible", "upheld", "waiting")
    assert told["total"] == 3 == sum(told[name] for name in parts)
    assert answer["Content-Disposition"].endswith(f'"restoration-{wave.incident.code}.json"')


def test_nobody_reaches_a_restoration_of_another_platform(lead: User) -> None:
    """Its addresses answer as if there were none."""
    place = proposed(wronged.wave(1), lead)
    elsewhere = people.member("lead", platform=wronged.wave(1).world.platform.slug)
    client = browser(elsewhere)
    for address in (place, place + "progress", place + "accounting.json"):
        assert client.get(address).status_code == 404
    assert client.post(place + "act", {"act": "cancel"}).status_code == 404


def progress(**facts: object) -> Progress:
    known = {"total": 100_000, "done": 500, "restored": 500, "already": 0, "left_out": 0, "impossible": 0}
    return Progress(**{**known, "rate_per_second": 350.0, "seconds_left": 284.0, "state": "running", **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "500 of 100,000 · 350 a second · about 5 minutes left"),
        ({"seconds_left": 12.4}, "about 12 seconds left"),
        ({"seconds_left": 0.0}, "about 1 second left"),
        ({"seconds_left": 10_000.0}, "about 3 hours left"),
        ({"seconds_left": None}, "how long it takes cannot be said yet"),
    ],
)
def test_the_remaining_time_is_said_in_a_fitting_unit(
    facts: dict[str, object], told: str, in_english: Callable[[], None]
) -> None:
    """And where it cannot be known, that is said."""
    assert told in restoration_page.running(progress(**facts))["told"]


def test_one_that_is_over_says_no_rate(in_english: Callable[[], None]) -> None:
    """Only how many of how many."""
    assert restoration_page.running(progress(state="done", done=100_000))["told"] == "100,000 of 100,000"


@pytest.fixture
def in_english():  # type: ignore[no-untyped-def]
    with translation.override("en"):
        yield
