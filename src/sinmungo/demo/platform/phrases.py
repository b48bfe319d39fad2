"""Every sentence of the platform's pages, in Korean and in English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sinmungo.core.kernel.words import ReportReason


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language; each name says where it stands."""

    square: str
    tagline: str
    skip: str
    demo: str
    feed: str
    rooms: str
    mine: str
    sign_in: str
    sign_out: str
    join: str
    choose: str
    find: str
    handle: str
    display_name: str
    about: str
    language: str
    country: str
    write: str
    write_hint: str
    post_it: str
    say_it: str
    open_room: str
    room_title: str
    edit: str
    save: str
    delete: str
    edited: str
    report: str
    report_why: str
    report_words: str
    report_send: str
    report_sent: str
    report_waiting: str
    report_failed: str
    report_receipt: str
    report_follow: str
    my_reports: str
    follow: str
    unfollow: str
    followers: str
    older: str
    nothing: str
    views: str
    unavailable: str
    unavailable_account: str
    under_review: str
    restored: str
    labelled: str
    gated: str
    show: str
    own_limited: str
    why: str
    case_code: str
    notices: str
    notice_account: str
    notice_item: str
    inbox: str
    inbox_code: str
    locked: str
    locked_review: str
    locked_until: str
    locked_open: str
    locked_why: str
    locked_can: str
    export: str
    handover: str
    limited: str
    limited_text: str
    refused: str
    back: str
    reasons: dict[ReportReason, str]


KOREAN: Final = Phrases(
    square="동네마당",
    tagline="우리 동네 이야기가 모이는 곳",
    skip="본문으로 건너뛰기",
    demo="시연용 서비스입니다. 사람도 글도 모두 지어낸 것입니다.",
    feed="마당",
    rooms="대화방",
    mine="내 자리",
    sign_in="들어가기",
    sign_out="나가기",
    join="새로 가입하기",
    choose="어느 계정으로 들어갈까요? 시연이라 비밀번호는 묻지 않습니다.",
    find="아이디로 찾기",
    handle="아이디 (한글·영문·숫자·밑줄)",
    display_name="보여 줄 이름",
    about="소개",
    language="쓰는 언어",
    country="나라 (예: KR)",
    write="이웃에게 알리기",
    write_hint="무슨 소식이 있나요?",
    post_it="올리기",
    say_it="말하기",
    open_room="대화방 열기",
    room_title="대화방 이름",
    edit="고치기",
    save="저장",
    delete="지우기",
    edited="고침",
    report="신고",
    report_why="어떤 점이 문제인가요?",
    report_words="더 알려 주실 내용 (안 쓰셔도 됩니다)",
    report_send="신고 보내기",
    report_sent="신고를 접수했습니다.",
    report_waiting="신고를 보내는 중입니다. 잠시 뒤 이 쪽을 다시 열어 주십시오.",
    report_failed="신고를 전달하지 못했습니다. 다시 신고해 주십시오.",
    report_receipt="접수증 (한 번 적어 두시면 결과를 볼 수 있습니다)",
    report_follow="신고 처리 상황 보기",
    my_reports="내가 보낸 신고",
    follow="소식 받기",
    unfollow="소식 그만 받기",
    followers="소식을 받는 이웃",
    older="지난 글 더 보기",
    nothing="아직 글이 없습니다.",
    views="시간별 조회 수",
    unavailable="지금은 볼 수 없는 글입니다.",
    unavailable_account="이용할 수 없는 계정입니다.",
    under_review="확인하고 있는 글입니다.",
    restored="다시 볼 수 있게 된 글입니다.",
    labelled="안내가 붙은 글",
    gated="어른만 볼 수 있는 글입니다.",
    show="어른입니다. 글 보기",
    own_limited="회원님의 이 글에 결정이 있었습니다.",
    why="이유와 이의신청 방법 보기",
    case_code="결정 번호",
    notices="받은 고지서",
    notice_account="회원님의 계정",
    notice_item="회원님이 쓴 글",
    inbox="받은 쪽지",
    inbox_code="확인 번호가 왔습니다.",
    locked="이 계정은 지금 이용할 수 없습니다.",
    locked_review="이 계정은 지금 확인하고 있습니다.",
    locked_until="다시 이용할 수 있는 때",
    locked_open="끝나는 날이 정해지지 않았습니다. 이의신청을 하실 수 있습니다.",
    locked_why="무슨 일이 있었는지, 왜 그런지, 어떻게 이의를 제기하는지 고지서에 적혀 있습니다. "
    "로그인하지 않아도 열립니다.",
    locked_can="이용할 수 없는 동안에도 하실 수 있는 일",
    export="내가 쓴 글 내려받기",
    handover="이 계정이 내 것임을 확인받기",
    limited="지금은 읽기만 할 수 있습니다.",
    limited_text="글을 쓰거나 소식을 받는 기능이 잠시 멈춰 있습니다. 읽기와 신고는 그대로 하실 수 있습니다.",
    refused="글이 비어 있거나 너무 깁니다. 뒤로 돌아가 고쳐 주십시오.",
    back="마당으로 돌아가기",
    reasons={
        ReportReason.HATE: "특정 집단을 미워하거나 얕잡아 봅니다",
        ReportReason.HARASSMENT: "누군가를 괴롭히거나 위협합니다",
        ReportReason.SEXUAL_SERVICES: "성을 사고파는 글입니다",
        ReportReason.INTIMATE_IMAGE: "동의 없이 찍거나 만든 사적인 사진을 올리거나 찾습니다",
        ReportReason.PERSONAL_INFORMATION: "남의 개인정보를 드러냅니다",
        ReportReason.SPAM: "광고로 도배하거나 속이려고 합니다",
        ReportReason.OTHER: "그 밖의 문제입니다",
    },
)

ENGLISH: Final = Phrases(
    square="Neighbourhood Square",
    tagline="Where the street talks",
    skip="Skip to the content",
    demo="This is a demonstration. Every person and post here is made up.",
    feed="Square",
    rooms="Rooms",
    mine="My place",
    sign_in="Sign in",
    sign_out="Sign out",
    join="Join",
    choose="Which account would you like to use? This is a demonstration, so no password is needed.",
    find="Find by handle",
    handle="Handle (letters, digits, underscore)",
    display_name="Name to show",
    about="About you",
    language="Language",
    country="Country (such as KR)",
    write="Tell the neighbours",
    write_hint="What is going on?",
    post_it="Post",
    say_it="Send",
    open_room="Open a room",
    room_title="Name of the room",
    edit="Edit",
    save="Save",
    delete="Delete",
    edited="edited",
    report="Report",
    report_why="What is wrong with it?",
    report_words="Anything you would like to add (optional)",
    report_send="Send the report",
    report_sent="Your report has arrived.",
    report_waiting="Your report is on its way. Please open this page again in a moment.",
    report_failed="Your report could not be delivered. Please report again.",
    report_receipt="Receipt (keep it to see the outcome)",
    report_follow="See what became of it",
    my_reports="Reports you sent",
    follow="Follow",
    unfollow="Stop following",
    followers="Followers",
    older="Older posts",
    nothing="Nothing here yet.",
    views="Views by hour",
    unavailable="This is not available right now.",
    unavailable_account="This account is unavailable.",
    under_review="This is under review.",
    restored="This has been restored.",
    labelled="A note has been added to this",
    gated="This is for adults only.",
    show="I am an adult. Show it",
    own_limited="A decision was made about something you wrote.",
    why="See why, and how to appeal",
    case_code="Decision number",
    notices="Statements you received",
    notice_account="Your account",
    notice_item="Something you wrote",
    inbox="Messages to you",
    inbox_code="A confirmation code has arrived.",
    locked="You cannot use this account at the moment.",
    locked_review="This account is under review.",
    locked_until="You can use it again from",
    locked_open="No end date has been set. You can appeal.",
    locked_why="The statement tells you what happened, why, and how to appeal. It opens without signing in.",
    locked_can="What you can still do",
    export="Download what you wrote",
    handover="Confirm that this account is yours",
    limited="For now you can only read.",
    limited_text="Posting and following are paused. You can still read and report.",
    refused="The text is empty or too long. Please go back and change it.",
    back="Back to the square",
    reasons={
        ReportReason.HATE: "It shows hatred or contempt for a group of people",
        ReportReason.HARASSMENT: "It harasses or threatens somebody",
        ReportReason.SEXUAL_SERVICES: "It buys or sells sexual services",
        ReportReason.INTIMATE_IMAGE: "It shares or asks for private pictures without consent",
        ReportReason.PERSONAL_INFORMATION: "It reveals somebody's personal information",
        ReportReason.SPAM: "It is spam or tries to deceive",
        ReportReason.OTHER: "Something else",
    },
)

PHRASES: Final = {"ko": KOREAN, "en": ENGLISH}
