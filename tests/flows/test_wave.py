"""The story of a wave: wrongly suspended by a machine, found out within hours, told, and put right."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from sinmungo.demo.process import Neighbour
from tests.flows.system import Person, System, eventually

RULE = "new-account-advertises-gambling"
PEOPLE = 12
#: A safe playground is what parents ask for; advertisers of betting call their sites so.
ASKED = "{place} 근처에 아이와 갈 만한 안전놀이터 아시는 분, 카톡 아이디 {name} 으로 알려 주세요"
PLACES = (
    "개울",
    "언덕",
    "솔밭",
    "나루",
    "들판",
    "고개",
    "우물",
    "방앗간",
    "돌다리",
    "느티나무",
    "장터",
    "연못",
)
KNOWN = ("놀이터를 묻는 글을 규칙이 광고로 잘못 보았습니다.", "A rule mistook questions for adverts.")


def test_a_wave_of_wrong_suspensions_is_stopped_told_and_put_right(system: System, tmp_path: Path) -> None:
    """From the first wrong suspension to the public page, the last restoration and the letters."""
    _earned(system)
    people = [_asking(system, number) for number in range(PEOPLE)]
    links = [eventually(lambda each=each: _statement(each), what="the suspension") for each in people]
    told = system.person().open(links[0])
    assert "사람이 보지 않" in told and "100" in told, told

    lead, second = system.staff("haneul-lead", "lead"), system.staff("bada-policy", "policy")
    auditors = [system.staff("auditor-1", "reviewer"), system.staff("auditor-2", "reviewer")]
    code = eventually(lambda: _tripped(system, auditors), within=240, what="the trip")
    _published(lead, code)
    assert KNOWN[0] in system.person().open(f"/status/{code}/")
    waiting = system.person().open(links[-1])
    assert f"/status/{code}/" in waiting

    late = _asking(system, PEOPLE)
    eventually(lambda: system.rows("SELECT count(*) FROM review_case") != [(0,)], what="a person's turn")
    assert _statement(late) is None, "nobody is suspended alone any more"

    page = _proposed(lead, code)
    eventually(lambda: _sampled(auditors, lead, page), within=240, what="the sample")
    _confirmed(second, page)
    eventually(lambda: all(_is_free(each) for each in people), within=180, what="the last restoration")
    _everything_is_right(system, code, links, tmp_path)


def _earned(system: System) -> None:
    """Give the rule the weeks in which people found it right; the pack's own evidence rules hold for it."""
    subprocess.run(
        [sys.executable, "-m", "tests.flows.earned", RULE, "160"],
        env=system.environment,
        check=True,
        timeout=120,
    )


def _asking(system: System, number: int) -> Neighbour:
    """Somebody joins, and two days later asks their neighbours."""
    assert system.platform is not None
    somebody = system.platform.join(f"새싹_{number:02}")
    with closing(sqlite3.connect(system.platform.folder / "madang.sqlite3", timeout=10)) as database:
        database.execute("UPDATE platform_account SET created_at = datetime(created_at, '-2 days')")
        database.commit()
    somebody.write(ASKED.format(place=PLACES[number % len(PLACES)], name=f"sprout{number:02}"))
    return somebody


def _statement(somebody: Neighbour) -> str | None:
    """Return where the lock screen leads; None for somebody who is not locked out."""
    found = re.search(r'href="(http[^"]+/s/[^"]+)"', somebody.page("/me").text)
    return urlsplit(found[1]).path if found else None


def _tripped(system: System, auditors: list[Person]) -> str | None:
    """Let each auditor judge what waits; return the incident's code once a verdict has opened it."""
    for auditor in auditors:
        _judged(auditor)
    found = system.rows("SELECT code FROM autonomy_incident")
    return str(found[0][0]) if found else None


def _judged(auditor: Person) -> None:
    """Judge blind what is next in line, if anything is: nobody asks where to bet here."""
    auditor.open("/console/audits/")
    page = auditor.send("/console/audits/next")
    work = re.search(r"/console/audit/([^/]+)/", str(auditor.page.url) if auditor.page else "")
    if work is not None and 'value="wrong"' in page:
        assert RULE not in page, "who judged before is not shown"
        auditor.send(f"/console/audit/{work[1]}/answer", verdict="wrong", words="")


def _published(lead: Person, code: str) -> None:
    page = lead.open(f"/console/incidents/{code}/")
    automation = re.search(r'href="(/console/automation/[^"/]+/)"', page)
    assert automation is not None and RULE in lead.open(automation[1])
    page = lead.open(f"/console/incidents/{code}/")
    version = _field(page, "version")
    lead.send(f"/console/incidents/{code}/say", ko=KNOWN[0], en=KNOWN[1], publish="1", version=version)


def _proposed(lead: Person, code: str) -> str:
    """Propose to put everybody right, with the window and the automation that the form offers."""
    page = lead.open(f"/console/incidents/{code}/restore")
    offered = {name: _field(page, name) for name in ("window_from", "window_to")}
    chosen = re.search(r'name="automation" value="([^"]+)"[^>]* checked', page)
    assert chosen is not None, page
    lead.send(f"/console/incidents/{code}/restore", automation=chosen[1], **offered)
    assert lead.page is not None and "/console/restoration/" in str(lead.page.url), lead.page.text
    return urlsplit(str(lead.page.url)).path


def _sampled(auditors: list[Person], lead: Person, page: str) -> bool:
    """Look at the random sample first, for a suspension is harsh; then count."""
    for auditor in auditors:
        _judged(auditor)
    lead.open(page)
    return "다이제스트" in lead.send(f"{page}act", act="count")


def _confirmed(second: Person, page: str) -> None:
    shown = second.open(page)
    second.send(f"{page}act", act="confirm", digest=_field(shown, "digest"))


def _is_free(somebody: Neighbour) -> bool:
    return somebody.page("/me").status_code == 200


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None, f"the page has no {name}"
    return found[1]


def _everything_is_right(system: System, code: str, links: list[str], folder: Path) -> None:
    """Each was restored and told once, the numbers agree, and letter and ledger can be verified."""
    numbers = eventually(lambda: _settled(system, code), within=180, what="the reading back")
    assert numbers["restored"] == len(links), numbers
    reader = system.person()
    for link in links:
        page = reader.open(link)
        assert "저희의 잘못이었고, 되돌렸습니다" in page, page
        later = re.search(r'href="(/s/[^"]+)"', page)
        assert later is not None and "사과드립니다" in reader.open(later[1])
    told = "SELECT count(*) FROM statements_statement WHERE told_at IS NOT NULL AND audience = 'affected'"
    assert system.rows(told) == [(2 * len(links),)]
    assert system.rows("SELECT count(*) FROM enforcement_strike WHERE removed_at IS NULL") == [(0,)]
    assert system.rows("SELECT count(*) FROM autonomy_shelter") == [(len(links),)]
    letter = re.search(r'href="[^"]*(/cleared/[^"/]+)/"', page)
    assert letter is not None, page
    file = folder / "letter.json"
    file.write_text(reader.open(f"{letter[1]}/letter.json"))
    assert json.loads(system.command("ledger", "verify", "--letter", str(file), "--json"))["ok"]
    file.write_text(file.read_text().replace(code, "00000-00000"))
    forged = json.loads(system.command("ledger", "verify", "--letter", str(file), "--json", check=False))
    assert not forged["ok"], forged
    assert json.loads(system.command("ledger", "verify", "--json"))["ok"]


def _settled(system: System, code: str) -> dict[str, int] | None:
    """Return the public numbers once the restoration is over; they are a few seconds old at most."""
    if system.rows("SELECT state FROM autonomy_restoration") != [("done",)]:
        return None
    answer = httpx.get(f"{system.url}/status/{code}.json", trust_env=False)
    numbers = dict(answer.json()["numbers"])
    return numbers if numbers.get("waiting") == 0 else None
