"""How a person meets what they review, what they refuse, and when a break is proposed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, Case, Queue, Reveal, Viewing
from sinmungo.apps.review.queries_exposure import (
    exposure_of,
    exposure_totals,
    is_grave,
    is_gravest,
    minutes_without_break,
)
from sinmungo.apps.review.services.exposure import record_reveal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services
from sinmungo.apps.staff.errors import BadPreference, RoleLacks
from sinmungo.apps.staff.models import Preference, User
from tests.apps.review import made

pytestmark = pytest.mark.django_db

WORDS = "가만두지 않겠다"


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def user() -> User:
    return made.member()


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], datetime]:
    """Return a function that lets minutes go by and tells the new time."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    def move(minutes: float) -> datetime:
        nonlocal now
        now += timedelta(minutes=minutes)
        return now

    return move


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def keep(client: Client, **fields: object):  # type: ignore[no-untyped-def]
    return client.post("/console/me/", {"break_after_minutes": "50", **fields})


def look(user: User, case: Case, at: datetime, seconds: int = 0) -> Viewing:
    return Viewing.objects.create(
        user=user,
        item=case.item,
        version=case.version,
        assignment=case.assignment,
        shown_at=at,
        seconds=seconds,
    )


def test_everything_is_veiled_until_a_person_says_otherwise(user: User) -> None:
    """Blur and greyscale are on, a break comes after 50 minutes, nothing is refused, and sound is off."""
    html = browser(user).get("/console/me/").content.decode()
    assert html.count(" checked>") == 2
    assert 'value="50"' in html and "Sound is always off" in html
    assert not Preference.objects.exists()


def test_a_preference_is_kept(world: made.World, user: User) -> None:
    """What is chosen comes back, for this person alone."""
    assert (
        keep(browser(user), greyscale="on", break_after_minutes="20", refused=["threats"]).status_code == 302
    )
    kept = staff.preference(user)
    assert (kept.blur, kept.greyscale, kept.break_after_minutes) == (False, True, 20)
    assert staff.refused_queues(user) == {"threats"}
    assert staff.refused_queues(made.member()) == frozenset()


def test_the_ledger_says_that_something_changed_and_not_what(world: made.World, user: User) -> None:
    """A refusal may tell of a person's health: neither the queue nor the choice is in the ledger."""
    keep(browser(user), refused=["threats"], break_after_minutes="35")
    entry = Entry.objects.get(kind="staff.preference.changed")
    assert entry.body == "{}"


@pytest.mark.parametrize(("minutes", "is_kept"), [(19, False), (20, True), (120, True), (121, False)])
def test_a_break_comes_after_20_to_120_minutes(user: User, minutes: int, is_kept: bool) -> None:
    """The limits hold at their edges, and what was typed comes back."""
    answer = keep(browser(user), break_after_minutes=str(minutes))
    assert (answer.status_code == 302) is is_kept
    if not is_kept:
        assert f'value="{minutes}"' in answer.content.decode()
        assert "20 to 120 minutes" in answer.content.decode()


def test_no_more_queues_are_refused_than_can_be(user: User) -> None:
    """Fifty are kept, one more is not."""
    given = {"user": user, "blur": True, "greyscale": True, "break_after_minutes": 50}
    fifty = [f"q{n}" for n in range(50)]
    at, actor = clock.now(), staff.actor_of(user)
    services.set_preference(**given, refused_queues=fifty, at=at, actor=actor)
    with pytest.raises(BadPreference):
        services.refuse_queue(user=user, queue="another", at=at, actor=actor)


def test_a_queue_that_nobody_made_is_no_choice(world: made.World, user: User) -> None:
    """The form takes only what it offered."""
    assert keep(browser(user), refused=["no-such-queue"]).status_code == 422


def test_all_kinds_may_be_refused_and_it_is_said_kindly(world: made.World, user: User) -> None:
    """Somebody who needs to see nothing for now is not told off."""
    client = browser(user)
    keep(client, refused=[count.slug for count in Queue.objects.exclude(slug="appeals")])
    html = client.get("/console/me/").content.decode()
    assert "That is all right" in html
    assert client.get("/console/").status_code == 200


def test_one_act_puts_a_case_back_and_leaves_its_kind_out(world: made.World, user: User) -> None:
    """From the case's page: released, refused, and gone from the lists; the case itself waits on."""
    case, client = made.waiting_case(world.platform), browser(user)
    client.post(f"/console/case/{case.code}/claim", {"version": case.assignment.version})
    answer = client.post("/console/me/refuse", {"case": case.code}, follow=True)
    assert "It needs no reason" in answer.content.decode()
    work = Assignment.objects.get(pk=case.assignment_id)
    assert work.holder is None and work.done_at is None
    assert staff.refused_queues(user) == {"threats"}
    assert case.code not in client.get("/console/").content.decode()
    assert case.code in browser(made.member()).get("/console/").content.decode()


def test_refusing_again_or_without_holding_is_no_fault(world: made.World, user: User) -> None:
    """Once more changes nothing and is answered the same."""
    case, client = made.waiting_case(world.platform), browser(user)
    for _ in range(2):
        assert client.post("/console/me/refuse", {"case": case.code}).status_code == 302
    assert Entry.objects.filter(kind="staff.preference.changed").count() == 1


def test_what_was_looked_at_is_counted_once_an_item(world: made.World, user: User) -> None:
    """Cases, grave ones among them, pictures and seconds; another person's and yesterday's are left out."""
    at = clock.now()
    grave, light = made.waiting_case(world.platform), made.waiting_case(world.platform)
    Assignment.objects.filter(pk=light.assignment_id).update(priority_explained=[])
    for case, seconds in ((grave, 60), (grave, 30), (light, 10)):
        look(user, case, at, seconds)
    look(user, light, at - timedelta(days=2), 500)
    look(made.member(), light, at, 500)
    for place in (0, 0, 1):
        reveal(user, grave, place)
    found = exposure_of(user=user, since=at - timedelta(hours=1))
    assert (found.cases, found.grave, found.pictures, found.seconds) == (2, 1, 2, 100)


def reveal(user: User, case: Case, place: int) -> Reveal:
    assert case.version
    return record_reveal(
        user=user,
        item=case.item,
        version=case.version,
        place=place,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def test_each_picture_that_is_opened_is_a_row_and_an_entry(world: made.World, user: User) -> None:
    """Who asked to see what is written down, and the ledger holds the place alone."""
    case = made.waiting_case(world.platform)
    assert reveal(user, case, 1).place == 1
    entry = Entry.objects.get(kind="review.picture.revealed")
    assert entry.subject == f"item:{case.item.id.hex}" and entry.body == '{"place":1}'


@pytest.mark.parametrize(
    ("looks", "minutes"),
    [
        ([], 0),
        ([(55, 60), (50, 0), (41, 0), (32, 0), (23, 0), (14, 0), (5, 0)], 50),
        ([(55, 60), (44, 0), (35, 0), (26, 0), (17, 0), (8, 0)], 36),
        ([(55, 600), (36, 0), (27, 0), (18, 0), (9, 0)], 46),
        ([(20, 60), (10, 0)], 0),
    ],
)
def test_a_gap_of_ten_minutes_is_a_break(
    world: made.World, user: User, looks: list[tuple[int, int]], minutes: int
) -> None:
    """A stretch is counted back from now to the last gap; ``looks`` are minutes ago and seconds in front."""
    at = clock.now()
    case = made.waiting_case(world.platform)
    for ago, seconds in looks:
        look(user, case, at - timedelta(minutes=ago), seconds)
    assert minutes_without_break(user=user, at=at) == minutes


def test_a_break_is_proposed_calmly_and_can_wait(
    world: made.World, user: User, moved: Callable[[float], datetime]
) -> None:
    """After the minutes of one's own choice a sentence stands on the pages; "later" hides it for ten."""
    case, client = made.waiting_case(world.platform), browser(user)
    keep(client, break_after_minutes="20")
    for _ in range(4):
        look(user, case, moved(0), 60)
        assert "away would do you good" not in client.get("/console/").content.decode()
        moved(6)
    look(user, case, moved(0), 60)
    html = client.get("/console/").content.decode()
    assert "away would do you good" in html and "24 minutes" in html
    assert client.post("/console/me/later", {"back": "/console/"})["Location"] == "/console/"
    look(user, case, moved(9), 60)
    assert "away would do you good" not in client.get("/console/").content.decode()
    moved(2)
    assert "away would do you good" in client.get("/console/").content.decode()
    moved(20)
    assert "away would do you good" not in client.get("/console/").content.decode()


def test_later_leads_nowhere_else(user: User) -> None:
    """An address of another house is not gone back to."""
    client = browser(user)
    for back in (
        "https://example.invalid/",
        "//example.invalid/console/",
        "/staff/sign-out",
        "/console/\r\nx: y",
    ):
        answer = client.post("/console/me/later", {"back": back})
        assert answer["Location"] == "/console/" or answer["Location"].startswith("/console/"), back
        assert "invalid" not in answer["Location"]


def test_the_quiet_page_holds_no_case_and_no_picture(world: made.World, user: User) -> None:
    """A place to rest asks nothing and shows nothing."""
    case = made.waiting_case(world.platform)
    html = browser(user).get("/console/me/rest").content.decode()
    assert "<img" not in html and case.code not in html


def test_a_team_is_told_as_one_from_three_people_on(world: made.World) -> None:
    """Of two people there are no totals; of three there is a sum, and of another platform nothing."""
    at, lead = clock.now(), made.member("lead", platform=world.platform.slug)
    case, far = made.waiting_case(world.platform), made.waiting_case(made.world().platform)
    people = [made.member() for _ in range(3)]
    for each in people[:2]:
        look(each, case, at, 30)
        look(each, far, at, 30)
    assert exposure_totals(seen_by=lead, since=at) is None
    look(people[2], case, at, 30)
    found = exposure_totals(seen_by=lead, since=at)
    assert found is not None
    assert (found.people, found.total.cases, found.total.seconds) == (3, 3, 90)
    with pytest.raises(RoleLacks):
        exposure_totals(seen_by=people[0], since=at)


@pytest.mark.parametrize(
    ("severity", "queue", "grave", "gravest"),
    [
        ("low", "spam", False, False),
        ("medium", "hate", False, False),
        ("high", "threats", True, False),
        ("critical", "intimate", True, True),
        ("medium", "child-safety", False, True),
    ],
)
def test_how_grave_a_case_is(severity: str, queue: str, grave: bool, gravest: bool) -> None:
    """High and critical are grave; critical, and the desk of child safety, are the gravest."""
    explained = [
        {"label": "queue", "value": "1", "points": 1},
        {"label": "severity", "value": severity, "points": 9},
    ]
    assert is_grave(explained) is grave
    assert is_gravest(explained, queue) is gravest


def test_a_list_shows_no_words_of_a_grave_case(world: made.World, user: User) -> None:
    """Before a click there is the kind and why it stands there; who switched veils off reads the words."""
    made.waiting_case(world.platform)
    client = browser(user)
    assert WORDS not in client.get("/console/").content.decode()
    keep(client)
    assert WORDS in client.get("/console/").content.decode()


def test_words_of_the_gravest_are_folded_on_their_own_page(world: made.World, user: User) -> None:
    """They stand in a fold that one key opens; other cases are read at once."""
    case, client = made.waiting_case(world.platform), browser(user)
    page = f"/console/case/{case.code}/"
    assert 'data-key="w"' not in client.get(page).content.decode()
    review.ensure_queue(slug="child-safety", title_ko="아동 안전", title_en="Child safety", weight=100)
    Assignment.objects.filter(pk=case.assignment_id).update(queue="child-safety")
    html = client.get(page).content.decode()
    assert html.index("<summary>These words") < html.index('data-key="w"') < html.index(WORDS)
    keep(client)
    assert 'data-key="w"' not in client.get(page).content.decode()
