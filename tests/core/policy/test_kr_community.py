"""The pack that ships: sound, whole in both languages, and slow to accuse ordinary people."""

import csv
import re
from functools import cache
from itertools import product
from pathlib import Path

import pytest

import sinmungo
from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.kernel.words import GroundKind, Level, ReportReason
from sinmungo.core.policy import build_facts, compile_pack, load_pack, may_act_alone

PACK = Path(sinmungo.__file__).parent / "packs" / "kr-community"
SHARED = Path(__file__).parents[4] / "shared" / "data"
NEEDS_DATA = pytest.mark.skipif(not SHARED.is_dir(), reason="the open data sets are not on this machine")


@cache
def pack():
    """Return the pack, loaded and compiled once."""
    loaded = load_pack(PACK)
    compiled = compile_pack(loaded)
    return loaded, compiled, compiled.screeners()


def proposed(texts: list[str], **item) -> list[str]:
    """Return what is proposed of each text."""
    _, compiled, screeners = pack()
    items = [PlainItem(text=text, **item) for text in texts]
    found = [screener.screen(items) for screener in screeners]
    facts = [
        build_facts(each, [signal for source in found for signal in source[place]], compiled)
        for place, each in enumerate(items)
    ]
    return [verdict.proposed for verdict in compiled.evaluate(facts)]


def test_every_policy_is_there():
    """The pack holds the six policies, and every reason to report leads to one, but for 'other'."""
    policies = pack()[0].policies
    answered = {reason for policy in policies for reason in policy.report_reasons}
    assert len(policies) == 6
    assert answered == set(ReportReason) - {ReportReason.OTHER}


def test_only_two_rules_against_gambling_may_come_to_act_alone():
    """No rule on what people say of one another goes beyond proposing to a person; two on advertising may."""
    rules = [rule for policy in pack()[0].policies for rule in policy.rules]
    alone = [rule for rule in rules if may_act_alone(rule)]
    assert {rule.id for rule in alone} == {"gambling-or-loan-advertised", "new-account-advertises-gambling"}
    assert all(rule.ceiling in (Level.SHADOW, Level.ASSIST) for rule in rules if rule not in alone)


@pytest.mark.parametrize(("distance", "is_matched"), [(0, True), (12, True), (31, True), (32, False)])
def test_a_known_scam_picture_brings_its_post_before_a_person(distance: int, is_matched: bool):
    """Up to the distance in which two pictures are told alike; nothing is proposed to be done to it."""
    _, compiled, _ = pack()
    score = round(1 - distance / 256, 6)
    signal = PlainSignal("match", "1", "known_scam_pictures", score)
    (verdict,) = compiled.evaluate([build_facts(PlainItem(), [signal], compiled)])
    assert ("known-scam-picture" in [rule.rule for rule in verdict.matched]) is is_matched
    assert verdict.proposed == "none"


def test_law_is_named_and_unchecked_until_a_lawyer_has():
    """Every policy rests on the terms too, and no ground claims a check that nobody made."""
    for policy in pack()[0].policies:
        assert {ground.kind for ground in policy.grounds} == {GroundKind.TERMS, GroundKind.LAW}
        assert not any(ground.checked_by_lawyer for ground in policy.grounds)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_guidelines_say_what_they_must(language):
    """Each guideline says what it does not cover, what happens, and how to object within 180 days."""
    headings = {"ko": ("해당하지 않는 것", "어떤 일이 생기나요", "동의하지 않으신다면")}
    headings["en"] = ("What it does not cover", "What happens", "If you disagree")
    for policy in pack()[0].policies:
        text = getattr(policy.guideline, language)
        assert all(f"## {heading}" in text for heading in headings[language]), policy.policy
        assert "180" in text
        assert len(text) > 1000


def test_every_case_can_end():
    """Whatever the answers are, the policy says how the case ends."""
    for policy in pack()[0].policies:
        names = [factor.id for factor in policy.factors]
        for chosen in product(*([answer.id for answer in factor.answers] for factor in policy.factors)):
            answers = dict(zip(names, chosen, strict=True))
            assert policy.outcome_for(answers) is not None, (policy.policy, answers)


def test_expression_ends_without_action():
    """Testimony, news and counter-speech keep their text, whatever else is answered."""
    for policy in pack()[0].policies:
        names = [factor.id for factor in policy.factors]
        if "expression" not in names:
            continue
        for chosen in product(*([answer.id for answer in factor.answers] for factor in policy.factors)):
            answers = dict(zip(names, chosen, strict=True))
            if answers["expression"] == "yes":
                outcome = policy.outcome_for(answers)
                assert outcome is not None
                assert not outcome.then.actions, (policy.policy, answers)


@pytest.mark.parametrize(
    "text",
    [
        "전라도 사람들과 경상도 사람들이 함께 모였다",
        "여성과 남성, 트랜스젠더와 게이, 무슬림과 중국인 모두 환영합니다",
        "장애인 이동권 집회에 다녀왔습니다",
        "난민 심사 제도를 바꾸자는 의견에 반대합니다",
        "Muslims, gay people and refugees live here",
        "웃겨 죽겠다 진짜",
        "오늘이 우리 팀의 시발점이다",
        "전염병이 돌아서 조심해야 합니다",
        "택시 발견하면 알려 줘",
        "맘충이라는 표현은 쓰지 말아 주세요",
        "리딩방 사기 조심하세요",
        "유출 영상 삭제를 도와주는 곳이 있나요",
        "지인능욕 당했어요 어디에 신고하나요",
        "죽여버린다는 말을 들었어요 무서워요",
        "대포통장 피해 조심하세요",
        "출장 가는 김에 마사지 받고 왔어요",
    ],
)
def test_ordinary_and_identity_words_pass(text):
    """Naming a group, a set phrase, a warning or a call for help is left in peace."""
    assert proposed([text]) == ["none"]


@pytest.mark.parametrize(
    "text",
    [
        "너 같은 건 죽여버린다",
        "나가 뒤져라 제발",
        "ㅅㅂ 뭐래",
        "씨 발 놈아",
        "개.새.끼",
        "조건만남 텔레그램 @abcd1234 연락",
        "지인능욕 해드립니다",
        "유출영상 구해요 사례함",
        "신상 턴다 기다려",
        "사설토토 문의 카톡 abcd1234",
        "i will kill you",
    ],
)
def test_what_the_pack_is_for(text):
    """Plain breaches, spelled out or disguised, come before a person with an action proposed."""
    assert proposed([text]) != ["none"]


def test_terms_of_entry_to_a_room():
    """A room that is entered with a picture is found by its terms alone; the same words in a post wait."""
    assert proposed(["지인 사진 인증 후 입장"], type="room") == ["hide"]


@pytest.mark.parametrize(
    "text",
    [
        "지인 사진 보내주면 합성해 드려요",
        "친구 사진 보내주시면 텔레 @dalbit 로 작업 가능",
        "반 친구 사진 있으면 교환방 입장 가능",
        "사진 좀 보내주면 합성해줄게 텔레 @dalbit",
        "여사친 인스타 제보 받아요 텔레 @dalbit",
    ],
)
def test_asking_for_somebodys_picture(text):
    """A picture asked for, with a hint that it is a person's or for a room, comes before a person."""
    assert proposed([text]) == ["hide"]


@pytest.mark.parametrize(
    "text",
    [
        "여행 사진 보내줘",
        "졸업식 때 찍은 친구 사진 좀 보내줘",
        "사진 보내주시면 확인하겠습니다 카톡 dalbit00",
        "증명사진 보내주시면 배경 합성해 드려요 카톡 dalbit00",
        "강아지 사진 올려주세요 교환해요",
        "누나 사진 보고 싶다",
        "지인 사진 보내달라고 협박받았어요 도와주세요",
        "얼굴만 봐도 좋다",
    ],
)
def test_asking_for_pictures_in_plain_talk_passes(text):
    """One hint alone, a studio's offer and a call for help are left in peace."""
    assert proposed([text]) == ["none"]


def test_pieces_of_a_person_come_before_a_person():
    """Exposing somebody is proposed for hiding; asking for help with it is not."""
    told = "김하늘 17살 한빛고 2학년 노원구 산다"
    assert proposed([told]) == ["hide"]
    assert proposed([f"{told} 라고 제 신상을 올렸어요 도와주세요"]) == ["none"]
    rules = {rule.id: rule for policy in pack()[0].policies for rule in policy.rules}
    assert rules["exposed-child"].propose.priority > rules["exposed-person"].propose.priority


@pytest.mark.parametrize("kind", ["resident_number", "foreigner_number", "passport", "driver_licence"])
def test_a_number_that_was_hidden_comes_before_a_person(kind):
    """What was masked is told by arrival, and dots alone say nothing."""
    assert proposed(["번호 ●●●●"], masked=((kind, Span(3, 7)),)) == ["hide"]
    assert proposed(["번호 ●●●●●●-●●●●●●●"]) == ["none"]


def test_a_link_that_ends_elsewhere_is_a_fact():
    """The pack's rules may read where a link ends, as the platform told it."""
    _, compiled, screeners = pack()
    item = PlainItem(text="보세요", links=(("https://a.test", "https://b.test"),))
    signals = [signal for screener in screeners for signal in screener.screen([item])[0]]
    assert build_facts(item, signals, compiled)["signals.contact.hidden_link"] == 0.9


def test_guideline_files_hold_no_other_language():
    """An English guideline holds no Korean sentence, so nobody meets words they cannot read."""
    for policy in pack()[0].policies:
        assert not re.search("[가-힣]", policy.guideline.en), policy.policy


def _column(name: str, file: str, column: str, keep=lambda row: True) -> list[str]:
    with (SHARED / name / file).open(encoding="utf-8", newline="") as rows:
        return [row[column] for row in csv.DictReader(rows) if keep(row)]


@NEEDS_DATA
def test_false_alarms_on_plain_chat():
    """Of plain Korean chat fewer than 5 in 1,000 lines are flagged."""
    found = proposed(_column("ko-chat-benign", "ko-chat-benign_dev.csv", "text"))
    assert sum(each != "none" for each in found) < 0.005 * len(found)


@NEEDS_DATA
def test_false_alarms_on_identity_words():
    """Of clean sentences full of identity words fewer than 1 in 100 are flagged."""
    texts = _column("ko-hatescore", "ko-hatescore_dev.csv", "text", lambda row: row["macro"] == "Clean")
    found = proposed(texts)
    assert sum(each != "none" for each in found) < 0.01 * len(found)
