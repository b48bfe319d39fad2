"""Numbers drawn by chance in the shapes of identifiers, and of what only looks like them.

Nobody is meant by any: they are made anew by each run from a fixed seed and written down nowhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
SPELLED = str.maketrans("0123456789", "공일이삼사오육칠팔구")
#: How people part the digits of a number.
SEPARATORS = (
    "-",
    " ",
    ".",
    "·",
    "ㅡ",
    "–",
    "_",
    " - ",
    "\n",
    "-\n",
    "~",
    "\u200b-\u200b",
    "/",
    "－",
    "．",
    " . ",
)
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str,
    lambda text: text.translate(FULL_WIDTH),
    lambda text: text.translate(CIRCLED),
    lambda text: text.translate(SPELLED),
    "\u200b".join,
)


def digits(chance: random.Random, count: int) -> str:
    """Return ``count`` digits."""
    return "".join(chance.choices("0123456789", k=count))


def resident(chance: random.Random, centuries: str = "123490") -> list[str]:
    """Return both halves of a number whose date is plausible."""
    century = chance.choice(centuries)
    year = chance.randrange(70, 100) if century in "90" else chance.randrange(100)
    date = f"{year:02}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    return [date, century + digits(chance, 6)]


def foreigner(chance: random.Random) -> list[str]:
    """Return both halves of a foreigner's number."""
    return resident(chance, "5678")


def passport(chance: random.Random) -> list[str]:
    """Return a passport's number in the old form or the new, in its parts."""
    letter = chance.choice("MMMSRODG")
    if chance.random() < 0.5:
        return [letter, f"{chance.randrange(10, 19)}{digits(chance, 6)}"]
    return [letter, digits(chance, 3), chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ"), digits(chance, 4)]


def licence(chance: random.Random) -> list[str]:
    """Return a driver's licence's number in its parts."""
    return [str(chance.randrange(11, 29)), digits(chance, 2), digits(chance, 6), digits(chance, 2)]


def old_licence(chance: random.Random) -> list[str]:
    """Return the digits of a licence that names its region."""
    return licence(chance)[1:]


_ISSUERS = (
    (("4",), (4, 4, 4, 4)),
    (("51", "52", "53", "54", "55", "2221", "2720"), (4, 4, 4, 4)),
    (("34", "37"), (4, 6, 5)),
    (("3528", "3589", "6011", "65", "62", "94"), (4, 4, 4, 4)),
    (("36", "38", "300", "305"), (4, 6, 4)),
    (("62",), (4, 4, 4, 4, 3)),
)


def card(chance: random.Random) -> list[str]:
    """Return a card's number in usual groups, with its check digit."""
    prefixes, sizes = chance.choice(_ISSUERS)
    prefix = chance.choice(prefixes)
    body = prefix + digits(chance, sum(sizes) - len(prefix) - 1)
    return grouped(body + check_digit(body), sizes)


def check_digit(body: str) -> str:
    """Return the digit that completes ``body`` by the Luhn formula."""
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


_BANK_GROUPS = (
    (6, 2, 6),
    (3, 3, 6),
    (3, 2, 6),
    (4, 3, 6),
    (3, 6, 2, 3),
    (3, 6, 5),
    (3, 4, 4, 2),
    (4, 2, 7),
    (4, 4, 4),
    (3, 3, 4),
    (4, 4, 4, 1),
    (3, 2, 6, 1),
    (3, 10, 3),
)


def account(chance: random.Random) -> list[str]:
    """Return an account's number in a bank's groups; it begins as no telephone number does."""
    sizes = chance.choice(_BANK_GROUPS)
    return grouped(chance.choice("3456789") + digits(chance, sum(sizes) - 1), sizes)


def grouped(number: str, sizes: tuple[int, ...]) -> list[str]:
    """Return ``number`` cut into groups."""
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return parts


#: Kind, how its parts are drawn, a sentence that holds it, and one that it needs when in one piece.
FORMS: tuple[tuple[str, Callable[[random.Random], list[str]], str, str], ...] = (
    ("resident_number", resident, "제 것은 {} 입니다", "제 것은 {} 입니다"),
    ("foreigner_number", foreigner, "번호 {} 확인", "번호 {} 확인"),
    ("passport", passport, "여권 {} 입니다", "여권 번호는 {} 입니다"),
    ("driver_licence", licence, "제 것은 {} 입니다", "운전면허 {} 입니다"),
    ("driver_licence", old_licence, "서울 {} 입니다", "면허증 경기 {} 입니다"),
    ("card", card, "여기 {} 로요", "카드 {} 로 긁어 주세요"),
    ("account", account, "농협 {} 로 보내 주세요", "{} 로 입금 바랍니다"),
)


def spell(chance: random.Random, parts: list[str]) -> tuple[str, bool]:
    """Return a number as somebody may write it, and whether it stands in one piece."""
    way = chance.random()
    if way < 0.25:
        text = "".join(parts)
    elif way < 0.35:
        text = chance.choice((" ", "-", ".", "\u200b")).join("".join(parts))
    else:
        text = chance.choice(SEPARATORS).join(parts)
    return chance.choice(SPELLINGS)(text), way < 0.35


def sentences(kind: str, count: int, seed: int = 20201005) -> Iterator[tuple[str, str]]:
    """Yield numbers of a kind as written, and the sentence that each stands in."""
    chance = random.Random(f"{kind} {seed}")
    forms = [form for form in FORMS if form[0] == kind]
    for _ in range(count):
        _, draw, sentence, in_one_piece = chance.choice(forms)
        number, whole = spell(chance, draw(chance))
        yield number, (in_one_piece if whole else sentence).format(number)


def look_alikes(name: str, count: int) -> list[str]:
    """Return numbers of a kind that identifies nobody, as they are written."""
    chance = random.Random(name)
    return [_LOOK_ALIKES[name](chance) for _ in range(count)]


def _order(chance: random.Random) -> str:
    day = f"20{chance.randrange(20, 27)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    rest = digits(chance, chance.choice((4, 5, 6, 7, 8)))
    return chance.choice((f"{day}{rest}", f"{day}-{rest}", f"{day[2:]}{rest}{digits(chance, 2)}"))


def _tracking(chance: random.Random) -> str:
    number = digits(chance, chance.choice((10, 11, 12, 12, 13, 14)))
    return chance.choice((number, "-".join(grouped(number[:12], (4, 4, 4))), f"RR{number[:9]}KR"))


def _isbn(chance: random.Random) -> str:
    body = f"97{chance.choice('89')}{digits(chance, 9)}"
    check = -sum(int(each) * (1, 3)[place % 2] for place, each in enumerate(body)) % 10
    number = f"{body}{check}"
    ten = digits(chance, 9) + chance.choice("0123456789X")
    return chance.choice(
        (number, "-".join(grouped(number, (3, 2, 4, 3, 1))), ten, "-".join(grouped(ten, (2, 4, 3, 1))))
    )


def _ean(chance: random.Random) -> str:
    return f"{chance.choice(('880', '490', '690', '400', '501'))}{digits(chance, 10)}"


def _corporate(chance: random.Random) -> str:
    office, kind = chance.choice(("1101", "1301", "1801", "2001")), chance.choice(("11", "14", "71"))
    return f"{office}{kind}-0{digits(chance, 6)}"


def _business(chance: random.Random) -> str:
    number = "-".join(grouped(f"{chance.randrange(101, 900)}{digits(chance, 7)}", (3, 2, 5)))
    return chance.choice((number, number.replace("-", "")))


def _epoch(chance: random.Random) -> str:
    seconds = str(chance.randrange(1_500_000_000, 1_900_000_000))
    return seconds + chance.choice(("", digits(chance, 3), digits(chance, 6), digits(chance, 9)))


def _phone(chance: random.Random) -> str:
    mobile = [f"01{chance.choice('016789')}", digits(chance, 4), digits(chance, 4)]
    land = [chance.choice(("02", "031", "051")), digits(chance, chance.choice((3, 4))), digits(chance, 4)]
    return chance.choice(("-", " ", ".", "")).join(chance.choice((mobile, land)))


def _time(chance: random.Random) -> str:
    day = (f"20{chance.randrange(10, 30)}", f"{chance.randrange(1, 13):02}", f"{chance.randrange(1, 29):02}")
    hour = (f"{chance.randrange(24):02}", f"{chance.randrange(60):02}", f"{chance.randrange(60):02}")
    forms = ("{}-{}-{} {}:{}:{}", "{}.{}.{} {}:{}:{}", "{}{}{}{}{}{}", "{}/{}/{} {}:{}:{}", "{}{}{}_{}{}{}")
    return chance.choice(forms).format(*day, *hour)


def _plain(chance: random.Random) -> str:
    return digits(chance, chance.randrange(9, 21))


def _code(chance: random.Random) -> str:
    letters = "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=chance.randrange(1, 4)))
    number = digits(chance, chance.randrange(5, 12))
    forms = (f"{letters}{number}", f"{letters}-{number}", f"{number}{letters}", f"{letters.lower()}{number}")
    return chance.choice(forms)


def _parted(chance: random.Random) -> str:
    return "-".join(digits(chance, chance.randrange(2, 7)) for _ in range(chance.randrange(2, 5)))


_LOOK_ALIKES: dict[str, Callable[[random.Random], str]] = {
    "order": _order,
    "tracking": _tracking,
    "isbn": _isbn,
    "ean": _ean,
    "corporate": _corporate,
    "business": _business,
    "epoch": _epoch,
    "phone": _phone,
    "time": _time,
    "plain": _plain,
    "code": _code,
    "parted": _parted,
}
LOOK_ALIKES = tuple(_LOOK_ALIKES)
