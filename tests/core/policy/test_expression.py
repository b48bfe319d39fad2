"""Conditions compile to what they read, or to every error at its place; nothing crashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.policy.expression import Condition, Language
from sinmungo.core.policy.facts import BASE_FACTS

LANGUAGE = Language({**BASE_FACTS, "signals.terms.insult": "double"})


def test_reads_come_from_the_compiled_expression():
    """A fact's name inside a text is not read; a fact inside a comprehension is."""
    condition = LANGUAGE.compile('reports.reasons.exists(r, r == "item.text") && item.reach > 3')
    assert isinstance(condition, Condition)
    assert condition.reads == ("item.reach", "reports.reasons")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("signals.terms.insulted > 0.5", 0, "'signals.terms.insulted' is not a fact"),
        ('item.text == "가나다" && foo', 22, "'foo' is not a fact"),
        ("item.reach >\n  10.5", 11, "no matching overload"),
        ("item.reach > ", 13, "ends too early"),
        ("(" * 40 + "true" + ")" * 40, 0, ""),
    ],
)
def test_errors_have_a_place(text, offset, message):
    """A misspelt fact, unlike types, an early end and deep nesting are told at their code point."""
    errors = LANGUAGE.compile(text)
    assert isinstance(errors, list)
    assert message in errors[0].message
    assert errors[0].offset == offset


def test_every_error_of_a_condition():
    """Two misspelt facts in one condition are two errors."""
    errors = LANGUAGE.compile("item.tex == '' && item.reech > 3")
    assert [error.undeclared for error in errors] == ["item.tex", "item.reech"]


@pytest.mark.parametrize("text", ['item.text.matches("a")', 'matches(item.text, "a")'])
def test_no_regular_expressions(text):
    """Both ways to write matches() are refused."""
    (error,) = LANGUAGE.compile(text)
    assert "matches()" in error.message


@given(st.text(max_size=80) | st.text(alphabet="item.reach()<>=&|!?:[]{}\"'0123456789 \n", max_size=80))
@settings(deadline=None)
def test_anything_compiles_or_is_told(text):
    """Whatever stands in a condition, compiling gives a condition or errors within it."""
    found = LANGUAGE.compile(text)
    assert isinstance(found, Condition) or all(0 <= error.offset <= len(text) for error in found)
