"""What the invented neighbours say, in Korean and in English: templates, with words to fill in."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sinmungo.core.kernel.words import ReportReason


class Kind(StrEnum):
    """The truth about a post of the story."""

    PLAIN = "plain"
    LOOKALIKE = "lookalike"  # innocent, and likely to be mistaken
    ADVERT = "advert"  # commercial sexual services, in neutral words, with a messenger handle
    EXPOSURE = "exposure"  # somebody's personal information
    INSULT = "insult"
    HATE = "hate"
    PICTURES = "pictures"  # asking for altered pictures of somebody, in neutral words
    SPAM = "spam"


TROUBLE: Final = (Kind.ADVERT, Kind.EXPOSURE, Kind.INSULT, Kind.HATE, Kind.PICTURES, Kind.SPAM)

REASONS: Final = {
    Kind.PLAIN: ReportReason.OTHER,
    Kind.LOOKALIKE: ReportReason.OTHER,
    Kind.ADVERT: ReportReason.SEXUAL_SERVICES,
    Kind.EXPOSURE: ReportReason.PERSONAL_INFORMATION,
    Kind.INSULT: ReportReason.HARASSMENT,
    Kind.HATE: ReportReason.HATE,
    Kind.PICTURES: ReportReason.INTIMATE_IMAGE,
    Kind.SPAM: ReportReason.SPAM,
}

NAMES_KO: Final = tuple(
    (colour, thing)
    for colour in ("푸른", "하얀", "졸린", "느긋한", "씩씩한", "반짝", "구름", "보리", "가나다", "둥근")
    for thing in ("고래", "도토리", "우산", "호떡", "주전자", "솔방울", "찐빵", "달팽이", "연필", "별사탕")
)
NAMES_EN: Final = tuple(
    (colour, thing)
    for colour in ("Teal", "Sleepy", "Paper", "Copper", "Rainy", "Mossy")
    for thing in ("Kettle", "Acorn", "Lantern", "Snail", "Button", "Teacup")
)
COUNTRIES_EN: Final = ("KR", "DE", "IE", "NL", "US")
ABOUT_KO: Final = (
    "산책을 좋아합니다.",
    "이 동네에 산 지 오래되었습니다.",
    "식물을 키우고 나눕니다.",
    "주말마다 자전거를 탑니다.",
    "새로 이사 왔습니다. 잘 부탁드립니다.",
    "",
)
ABOUT_EN: Final = ("I like long walks.", "New here, hello!", "Baker at weekends.", "Cycling and tea.", "")

ROOMS: Final = (
    "달빛천 달리기 모임",
    "나눔 장터 이야기",
    "텃밭 가꾸기",
    "새벽 독서 모임",
    "Newcomers' corner",
    "비 오는 날 우산 빌려주기",
)

FILLINGS: Final = {
    "ko": {
        "place": (
            "달빛천 다리",
            "솔방울 공원",
            "구름마을 도서관",
            "호떡 골목",
            "별사탕 놀이터",
            "도토리 정류장",
        ),
        "thing": ("파란 우산", "회색 장갑 한 짝", "작은 보온병", "고래 열쇠고리", "초록 모자", "도서관 책"),
        "thing_eul": ("파란 우산을", "회색 장갑 한 짝을", "작은 보온병을", "고래 열쇠고리를", "초록 모자를"),
        "day": ("이번 토요일", "다음 일요일", "내일 저녁", "수요일 아침", "이번 주말"),
        "school": ("가나다고", "구름마을중", "도토리초", "별사탕고"),
        "name": ("김하늘별", "박솔잎", "이호떡", "최솔방울"),
        "handle": ("kettle_0000", "moon_acorn00", "cloud_demo77", "teacup_zero0"),
        "link": ("http://gift.example/w", "https://lucky-day.example/go", "http://coin-up.example/a"),
        "group": ("구름마을 사람", "이주민", "노인", "외국인"),
    },
    "en": {
        "place": ("Moonlight Bridge", "Pinecone Park", "Cloudtown library", "Acorn bus stop", "Button Lane"),
        "thing": ("a blue umbrella", "one grey glove", "a small flask", "a whale key ring", "a library book"),
        "day": ("this Saturday", "next Sunday", "tomorrow evening", "Wednesday morning"),
        "school": ("Cloudtown High", "Acorn Primary", "Pinecone Academy"),
        "name": ("Teal Acornson", "Paper Lanternby", "Mossy Buttonworth"),
        "handle": ("kettle_0000", "moon_acorn00", "cloud_demo77"),
        "link": ("http://gift.example/w", "https://lucky-day.example/go", "http://coin-up.example/a"),
        "group": ("Cloudtown people", "immigrants", "old people", "foreigners"),
    },
}

POSTS: Final[dict[tuple[str, Kind], tuple[str, ...]]] = {
    ("ko", Kind.PLAIN): (
        "{place} 근처에서 {thing} 잃어버리신 분 계신가요? 관리실에 맡겨 두었습니다.",
        "{day}에 {place}에서 나눔 장터가 열립니다. 안 쓰는 그릇 가져오시면 바꿔 드려요.",
        "{day} 달리기 모임 {n}명 더 모십니다. 천천히 뛰니 처음이신 분도 괜찮아요.",
        "어제 {place}에서 {thing} 주우신 분께 정말 감사드립니다. 잘 돌려받았습니다!",
        "{place} 앞 가로등이 {n}일째 안 들어오네요. 구청에 민원 넣었습니다.",
        "요즘 {place} 은행나무가 참 예쁩니다. 점심때 한 바퀴 돌기 딱 좋아요.",
        "혹시 {place} 쪽에 자전거 바람 넣을 곳 아시는 분 계실까요?",
        "{day}에 텃밭 상추 나눕니다. 봉투만 챙겨 오세요.",
        "이사 온 지 {n}주 됐습니다. 맛있는 칼국수 집 추천 부탁드려요.",
        "도서관 독서 모임 다음 책 정했습니다. {day}에 만나요.",
        "{place} 고양이들 밥그릇 닦아 주신 분 누구신가요. 덕분에 깨끗해졌어요.",
        "{day} 비 온다고 하니 빨래 미리 걷으세요!",
        "아이가 {thing_eul} 찾고 있습니다. 보신 분은 댓글 부탁드립니다.",
        "엘리베이터 점검 때문에 {day}에는 계단을 이용해 달라고 합니다.",
    ),
    ("en", Kind.PLAIN): (
        "Did anyone lose {thing} near {place}? I left it with the caretaker.",
        "Flea market at {place} {day}. Bring something you no longer need.",
        "Our running club has room for {n} more {day}. We go slowly, beginners welcome.",
        "The street light by {place} has been out for {n} days. I told the council.",
        "Thank you to whoever found {thing}. You made my week.",
        "The trees around {place} are lovely just now.",
        "Can anyone recommend a good noodle place near {place}?",
        "Spare lettuce from the allotment {day}. Bring a bag.",
    ),
    ("ko", Kind.LOOKALIKE): (
        "바보같이 {thing_eul} 또 버스에 두고 내렸네요. 제 자신에게 하는 말입니다.",
        "우산 빌려 가신 분은 연락 주세요. 관리실 전화는 1층 게시판에 있습니다.",
        "{school} 바자회 구경 다녀왔습니다. 학생들이 만든 쿠키가 정말 맛있었어요.",
        "동네 축제 사진 보내 주시면 모아서 달력을 만들겠습니다. {day}까지 도서관으로 주세요.",
        "어제 뉴스에 나온 스팸 문자 조심하세요. 링크는 누르지 말고 지우시면 됩니다.",
        "'멍청이'라는 말이 왜 상처가 되는지 아이들과 이야기해 봤습니다.",
        "사진 합성 프로그램 강좌가 {day} 도서관에서 열립니다. 풍경 사진으로 연습한대요.",
        "출장 수리 불렀더니 {n}분 만에 오셨어요. 보일러 고쳐 주신 기사님 감사합니다.",
        "외국인 이웃과 함께하는 김장 모임에 오세요. {day} {place}입니다.",
        "ISBN 978-0-00-0000{number}-0 책 찾으시는 분, 제가 빌려 왔습니다. 곧 반납할게요.",
    ),
    ("en", Kind.LOOKALIKE): (
        "I am such an idiot, I left {thing} on the bus again.",
        "Send me your pictures of the street party and I will make a calendar. By {day}, please.",
        "Careful with the parcel texts going round. Do not open the link, just delete it.",
        "Went to the {school} bake sale. The ginger biscuits were wonderful.",
        "We talked with the children about why calling somebody stupid hurts.",
        "Photo editing class at {place} {day}: bring landscapes to practise on.",
    ),
    ("ko", Kind.ADVERT): (
        "조건만남 하실 분 텔레그램 @{handle} 로 연락 주세요. 시간 선택 가능합니다.",
        "출장 만남 안내합니다. 라인 아이디 {handle} , 선입금 없습니다.",
        "{day} 조건 만남 가능, 카톡 아이디 {handle}",
    ),
    ("en", Kind.ADVERT): (
        "Paid companionship tonight, message @{handle} on Telegram for rates.",
        "Escort service, adults only, ask on LINE: {handle}",
    ),
    ("ko", Kind.EXPOSURE): (
        "{school} {n}학년 {n}반 {name}, 집은 호떡로 {number}번길 {number}동입니다. 다들 찾아가 보세요.",
        "{name} 신상 공개합니다. {school} 다니고 전화번호는 010-0000-00{number} 입니다.",
        "저 사람 이름 {name}이고 {school} {n}학년이에요. 전번 010-0000-00{number} 퍼뜨려 주세요.",
    ),
    ("en", Kind.EXPOSURE): (
        "Her real name is {name}, she goes to {school}, year {n}. {number} Button Lane. Pay a visit.",
        "Doxxing {name}: {school}, phone 010-0000-00{number}. Pass it on.",
    ),
    ("ko", Kind.INSULT): (
        "{name} 진짜 멍청이 아니에요? 그런 바보가 왜 여기 글을 써요.",
        "위층 {name} 씨, 머리가 나쁘면 조용히나 사세요. 한심한 바보 같으니.",
        "{name} 같은 쓰레기는 이 동네에서 꺼졌으면 좋겠네요.",
    ),
    ("en", Kind.INSULT): (
        "{name} is a complete idiot and everybody should tell them so.",
        "Shut up, {name}, you pathetic moron. Nobody wants you here.",
    ),
    ("ko", Kind.HATE): (
        "{group}들은 다 게으르고 더러우니 우리 동네에서 내보내야 합니다.",
        "{group}은 여기 못 들어오게 해야 해요. 열등한 것들이니까요.",
    ),
    ("en", Kind.HATE): (
        "All {group} are dirty and lazy. They should be driven out of this street.",
        "{group} are inferior and must not be let in here.",
    ),
    ("ko", Kind.PICTURES): (
        "아는 사람 사진 보내면 합성해 주실 분 찾습니다. 텔레그램 @{handle}",
        "아는 사람 사진 있는데 지인 합성 해 주실 분, 사례합니다. 텔레그램 @{handle}",
        "지인 사진 합성 의뢰 받습니다. 텔레 @{handle} 로 얼굴 사진 보내 주세요.",
    ),
    ("en", Kind.PICTURES): (
        "Looking for someone to make fake pictures of somebody I know. Telegram @{handle}",
        "Send a face photo of anyone and I will make a deepfake. @{handle}",
    ),
    ("ko", Kind.SPAM): (
        "축하합니다! 무료 상품권 당첨! 지금 바로 확인 {link}{number}",
        "하루 {number}만 원 재택 부업, 선착순 {n}명! 아래 링크 클릭 {link}{number}",
        "코인 원금 보장 수익 {number}% 무료 리딩방 입장 {link}{number}",
    ),
    ("en", Kind.SPAM): (
        "Congratulations! You won a free gift card, claim now {link}{number}",
        "Earn {number}0 dollars a day from home, only {n} places left: {link}{number}",
        "Guaranteed crypto profit {number}% join the free signal room {link}{number}",
    ),
}

MESSAGES: Final = {
    "ko": (
        "저도 가겠습니다!",
        "혹시 비 오면 미루나요?",
        "지난번에 정말 즐거웠어요.",
        "몇 시까지 가면 될까요?",
        "고맙습니다. 잘 받았습니다.",
        "저는 이번에는 어렵겠네요. 다음에 뵐게요.",
        "준비물이 따로 있을까요?",
        "따뜻하게 입고 오세요.",
    ),
    "en": (
        "Count me in!",
        "What if it rains?",
        "Last time was such fun.",
        "Thank you, got it.",
        "Not this time, sorry. See you at the next one.",
        "Do we need to bring anything?",
    ),
}

REPORT_WORDS: Final = {
    "ko": ("확인 부탁드립니다.", "보기 불편합니다.", "이런 글이 자꾸 올라옵니다.", ""),
    "en": ("Please have a look.", "This does not belong here.", "They keep posting this.", ""),
}

#: What several write word for word, because one of them asked the others to.
PASSED_ON: Final = (
    "이 글 좀 신고해 주세요, 동네 단톡방에서 보고 왔습니다.",
    "같은 글이 여러 군데에 올라오고 있으니 꼭 내려 주세요.",
    "We all think this should be taken down, please look at it today.",
)
