"""What kinds of act the ledger knows, which facts each may carry, and what people call them.

The ledger is kept for ever and parts of it are shown to others, so a body holds plain facts only: no
words a person wrote, no name, no address. A kind listed here carries exactly the keys it declares. A
kind not listed is held to the same sorts of values and may not use a key that names personal data.
A breach is a mistake in the program and raises ``AssertionError``, which never repeats the value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_TEXT = 200
MAX_LIST = 1000

Plain = str | int | bool
Body = Mapping[str, Plain | Sequence[Plain]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act: what it is called, and the keys its body may have."""

    label_ko: str
    label_en: str
    keys: frozenset[str]


KINDS: Mapping[str, Kind] = {
    "ledger.checkpoint": Kind(
        "기록의 그때까지 상태에 서명함",
        "The ledger's state up to then was signed",
        frozenset({"size", "root", "at", "note_digest"}),
    ),
    "staff.preference.changed": Kind("보는 방식을 바꿈", "A way of meeting cases was changed", frozenset()),
    "staff.vendor.viewed": Kind(
        "외부 검토자가 화면을 봄", "A vendor reviewer was shown a page", frozenset({"page"})
    ),
    "staff.directory.bound": Kind(
        "기관 계정으로 로그인하도록 이어 줌", "Signing in was bound to a directory", frozenset()
    ),
    "review.picture.revealed": Kind(
        "가려진 사진을 열어 봄", "A veiled picture was opened", frozenset({"place"})
    ),
    "vault.destruction.ordered": Kind("열쇠를 없애기로 함", "A key was to be destroyed", frozenset()),
    "vault.destruction.done": Kind("열쇠를 없앰", "A key was destroyed", frozenset()),
    "screening.judge.answered": Kind(
        "모델이 의견을 냄",
        "A model gave its opinion",
        frozenset({"policy", "model", "score", "suggestions", "micros"}),
    ),
    "screening.judge.failed": Kind(
        "모델의 의견을 얻지 못함", "A model gave no opinion", frozenset({"policy", "reason"})
    ),
    "screening.translation.made": Kind(
        "기계 번역을 봄",
        "A machine translation was asked for",
        frozenset({"model", "into", "letters", "micros", "result"}),
    ),
    "screening.bank.page_taken": Kind(
        "교환 기관의 지문값을 받음",
        "A page of an exchange was taken in",
        frozenset({"added", "known", "withdrawn", "refused"}),
    ),
    "screening.hunt.asked": Kind(
        "이미 올라온 것 전체에서 찾기로 함", "A search of everything already seen was asked for", frozenset()
    ),
    "screening.hunt.ended": Kind(
        "이미 올라온 것 전체를 다 찾아봄", "A search of everything already seen has ended", frozenset()
    ),
    "screening.bank.made": Kind("뱅크를 만듦", "A bank was made", frozenset({"sealed", "negative"})),
    "screening.bank.changed": Kind(
        "뱅크의 설정을 바꿈", "A bank was changed", frozenset({"changed", "enabled"})
    ),
    "screening.bank.added_to": Kind(
        "뱅크에 지문값을 더함", "Fingerprints were added to a bank", frozenset({"added", "known"})
    ),
    "screening.bank.withdrawn_from": Kind(
        "뱅크에서 지문값을 거둠", "Fingerprints were withdrawn from a bank", frozenset({"withdrawn"})
    ),
    "screening.match.denied": Kind(
        "일치한 그림이 다른 것이라고 판단함",
        "A match was found to be another picture",
        frozenset({"bank", "place"}),
    ),
    "review.searched": Kind(
        "계정의 이름으로 찾음", "An account was searched for by its name", frozenset({"platform"})
    ),
    "review.case.noted": Kind("동료에게 메모를 남김", "A note was left for colleagues", frozenset({"kind"})),
    "review.work.assigned": Kind(
        "일을 누구에게 맡기거나 거둠",
        "Work was given to somebody or taken back",
        frozenset({"work", "given", "to"}),
    ),
    "review.work.snoozed": Kind("일을 미룸", "Work was put off", frozenset({"work", "until"})),
    "review.decision.chosen": Kind(
        "결정하고 거둘 수 있는 시간을 둠",
        "A decision was made and may still be taken back",
        frozenset({"digest", "seconds"}),
    ),
    "review.decision.withdrawn": Kind(
        "보내기 전에 결정을 거둠", "A decision was taken back before it was sent", frozenset({"digest"})
    ),
    "review.decision.refused": Kind(
        "기다리던 결정을 기록하지 못함",
        "A decision that waited could not be recorded",
        frozenset({"digest", "code"}),
    ),
    "review.reason.written": Kind(
        "저장된 사유를 적음", "A reason to be used again was written", frozenset({"policy", "blanks"})
    ),
    "review.reason.retired": Kind("저장된 사유를 거둠", "A saved reason was retired", frozenset()),
    "review.case.raised": Kind(
        "심사 건의 순서를 앞당김", "A case was brought forward", frozenset({"part", "points"})
    ),
    "review.second.answered": Kind(
        "결과를 모르고 다시 판단함", "Somebody judged it a second time", frozenset({"policy", "violation"})
    ),
    "review.gold.made": Kind("기준 문항을 만듦", "A gold item was made", frozenset({"policy", "violation"})),
    "review.gold.retired": Kind(
        "기준 문항을 내림", "A gold item was retired", frozenset({"policy", "violation"})
    ),
    "autonomy.level.changed": Kind(
        "자동 조치의 단계를 바꿈",
        "The level of an automation was changed",
        frozenset({"rule", "action", "platform", "before", "after", "reason", "epoch"}),
    ),
    "autonomy.epoch.began": Kind(
        "자동 조치의 내용이 바뀌어 처음부터 다시 봄",
        "An automation executes something else, and begins anew",
        frozenset({"rule", "action", "platform", "epoch", "digest"}),
    ),
    "autonomy.cap.set": Kind(
        "자동 조치의 시간당 한도를 정함",
        "The hourly cap of an automation was set",
        frozenset({"rule", "action", "platform", "per_hour"}),
    ),
    "autonomy.shifts.kept": Kind(
        "표본 감사 근무표를 정함", "The shifts of those who audit were set", frozenset({"shifts"})
    ),
    "autonomy.clearance.written": Kind(
        "잘못된 결정이었다는 확인서를 씀",
        "A clearance letter was written",
        frozenset({"decision", "reversal", "incident"}),
    ),
    "autonomy.restoration.proposed": Kind(
        "일괄 복구를 제안함", "A restoration was proposed", frozenset({"incident", "sample"})
    ),
    "autonomy.restoration.counted": Kind(
        "일괄 복구를 미리 계산해 봄",
        "A restoration was run dry",
        frozenset({"incident", "digest", "to_restore", "already", "left_out"}),
    ),
    "autonomy.restoration.confirmed": Kind(
        "두 번째 사람이 일괄 복구를 확인함",
        "A second person confirmed a restoration",
        frozenset({"incident", "digest", "to_restore", "already", "left_out"}),
    ),
    "autonomy.restoration.paused": Kind(
        "일괄 복구를 멈춤", "A restoration was paused", frozenset({"incident"})
    ),
    "autonomy.restoration.resumed": Kind(
        "일괄 복구를 이어서 함", "A restoration went on", frozenset({"incident"})
    ),
    "autonomy.restoration.cancelled": Kind(
        "일괄 복구를 그만둠", "A restoration was cancelled", frozenset({"incident"})
    ),
    "autonomy.restoration.ended": Kind(
        "일괄 복구가 끝남",
        "A restoration ended",
        frozenset({"incident", "restored", "already", "left_out", "impossible", "upheld", "waiting"}),
    ),
    "autonomy.disclosure.corrected": Kind(
        "결정을 전해 들은 곳에 잘못을 바로잡아 알림",
        "Somebody who was told of a decision was told that it was wrong",
        frozenset({"party"}),
    ),
    "autonomy.incident.opened": Kind(
        "사고를 선언함", "An incident was declared", frozenset({"cause", "severe", "joined"})
    ),
    "autonomy.incident.counts": Kind(
        "사고에서 몇 사람이 어떻게 되었는지 셈",
        "An incident's people were counted",
        frozenset(
            {
                "affected",
                "restored",
                "upheld",
                "waiting",
                "already",
                "left_out",
                "impossible",
                "oldest_waiting",
            }
        ),
    ),
    "autonomy.incident.noted": Kind("사고에 메모를 남김", "A note was left in an incident", frozenset()),
    "autonomy.incident.assigned": Kind(
        "사고나 그 할 일을 누구에게 맡김",
        "An incident or a step of it was given to somebody",
        frozenset({"step", "given", "to"}),
    ),
    "autonomy.incident.step": Kind("사고의 할 일 하나를 마침", "A step was done", frozenset({"step"})),
    "autonomy.incident.renamed": Kind("사고의 이름을 바꿈", "An incident was renamed", frozenset()),
    "autonomy.incident.told": Kind(
        "사고에 대해 모두에게 알림", "The public was told something", frozenset({"digest"})
    ),
    "autonomy.incident.published": Kind("사고를 공개함", "An incident was made public", frozenset()),
    "autonomy.incident.asked": Kind("묻고 답하기에 글을 더함", "A question was answered", frozenset()),
    "autonomy.incident.answer_edited": Kind(
        "묻고 답하기를 고쳐 씀", "An answer was written anew", frozenset()
    ),
    "autonomy.incident.question_pinned": Kind("질문을 맨 위에 둠", "A question was put first", frozenset()),
    "autonomy.incident.question_retired": Kind("질문을 거둠", "A question was retired", frozenset()),
    "autonomy.incident.inquiry_received": Kind(
        "사고에 관한 문의를 받음", "An inquiry came in", frozenset({"asker"})
    ),
    "autonomy.incident.inquiry_answered": Kind(
        "사고에 관한 문의에 답함", "An inquiry was answered", frozenset({"asker", "in_time"})
    ),
    "autonomy.incident.linked": Kind(
        "같은 말을 하는 이의신청을 이음", "Appeals were linked", frozenset({"appeals"})
    ),
    "autonomy.incident.unlinked": Kind(
        "이었던 이의신청을 풂", "Appeals were unlinked", frozenset({"appeals"})
    ),
    "autonomy.incident.restoring": Kind("사고의 복구를 시작함", "Restoring began", frozenset()),
    "autonomy.incident.false_alarm": Kind(
        "사고가 아니었다고 밝힘", "An incident was found to be none", frozenset()
    ),
    "autonomy.incident.closed": Kind(
        "사고를 마무리함",
        "An incident was closed",
        frozenset(
            {
                "affected",
                "restored",
                "waiting",
                "wrong_per_mille",
                "median_minutes",
                "minutes_to_stop",
                "minutes_open",
            }
        ),
    ),
    "autonomy.audit.answered": Kind(
        "자동 조치가 옳았는지 결과를 모르고 판단함",
        "An automated act was judged blind",
        frozenset({"policy", "wrong"}),
    ),
    "autonomy.burst.opened": Kind(
        "의심스러워 한꺼번에 살펴보기로 함",
        "Many looks at once were asked for",
        frozenset({"rule", "action", "cause", "size"}),
    ),
    "autonomy.burst.ended": Kind(
        "한꺼번에 살펴보기를 마침",
        "The many looks at once have ended",
        frozenset({"rule", "action", "answered", "wrong"}),
    ),
    "autonomy.tripped": Kind(
        "자동 조치가 차단됨",
        "The breaker stopped an automation",
        frozenset({"rule", "action", "platform", "epoch", "seq", "r"}),
    ),
    "autonomy.platform.tripped": Kind(
        "플랫폼의 자동 조치가 모두 차단됨",
        "The breaker stopped all automations of a platform",
        frozenset({"rule", "action", "platform", "epoch", "mean"}),
    ),
}

#: What an act of a kind that is not listed is called, by the first part of its name.
PREFIXES: Mapping[str, tuple[str, str]] = {
    "staff": ("담당자와 권한에 관한 일", "Something about staff and their rights"),
    "items": ("게시물에 관한 일", "Something about an item"),
    "policy": ("정책에 관한 일", "Something about a policy"),
    "intake": ("접수에 관한 일", "Something about what came in"),
    "screening": ("자동 점검에 관한 일", "Something about screening"),
    "enforcement": ("결정과 조치에 관한 일", "Something about a decision or an action"),
    "statements": ("이유 고지서에 관한 일", "Something about a statement of reasons"),
    "review": ("심사에 관한 일", "Something about review"),
    "appeal": ("지난 이의신청에 관한 일", "Something about an earlier appeal"),
    "appeals": ("이의신청에 관한 일", "Something about an appeal"),
    "autonomy": ("자동 조치의 감독에 관한 일", "Something about the watch over automation"),
}
_OTHER = ("그 밖의 일", "Something else")

#: Keys that would hold what belongs in sealed text, whatever the kind.
PERSONAL_KEYS = frozenset(
    {
        "name",
        "email",
        "phone",
        "contact",
        "address",
        "ip",
        "birthday",
        "password",
        "words",
        "text",
        "body",
        "message",
        "display_name",
        "real_name",
        "username",
        "reporter",
    }
)


def label(kind: str, language: str) -> str:
    """Return what people call this kind, in Korean for ``ko`` and in English for anything else."""
    known = KINDS.get(kind)
    pair = (known.label_ko, known.label_en) if known else PREFIXES.get(kind.split(".", 1)[0], _OTHER)
    return pair[0] if language == "ko" else pair[1]


def check(kind: str, body: Body) -> None:
    """Raise ``AssertionError`` unless ``body`` holds only what an entry of ``kind`` may hold."""
    known = KINDS.get(kind)
    for key, value in body.items():
        if key in PERSONAL_KEYS or (known and key not in known.keys):
            raise AssertionError(f"an entry of kind {kind} has no key {key}")
        if not _is_plain(value) and not _is_plain_list(value):
            raise AssertionError(f"{key} of an entry of kind {kind} is no short text, whole number or bool")


def _is_plain(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= MAX_TEXT)


def _is_plain_list(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MAX_LIST and all(map(_is_plain, value))
