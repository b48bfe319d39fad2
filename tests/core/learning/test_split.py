"""Parts that share no near-duplicate text."""

from __future__ import annotations

import random

from sinmungo.core.learning.split import MAX_OF_A_GROUP, Parts, split


def _drawn(count: int = 2_000) -> tuple[list[bool], list[int]]:
    drawn = random.Random(3)
    return [drawn.random() < 0.2 for _ in range(count)], [int(drawn.paretovariate(0.9)) for _ in range(count)]


def _groups(rows: tuple[int, ...], groups: list[int]) -> set[int]:
    return {groups[row] for row in rows}


def _all(parts: Parts) -> list[int]:
    return [*parts.train, *parts.calibration, *parts.held_out]


def test_no_group_is_in_two_parts():
    """However large the groups are, each is whole in one part."""
    labels, groups = _drawn()
    parts = split(labels, groups, seed=1)
    train, calibration, held_out = (
        _groups(rows, groups) for rows in (parts.train, parts.calibration, parts.held_out)
    )

    assert not train & calibration and not train & held_out and not calibration & held_out


def test_a_group_teaches_with_five_rows_and_is_held_out_with_one():
    """Of what somebody wrote often, five rows at most are learned from and one is measured."""
    labels, groups = _drawn()
    parts = split(labels, groups, seed=1)

    for rows, most in (
        (parts.train, MAX_OF_A_GROUP),
        (parts.calibration, MAX_OF_A_GROUP),
        (parts.held_out, 1),
    ):
        counted = [groups[row] for row in rows]
        assert max(counted.count(group) for group in set(counted)) <= most
    assert len(_all(parts)) == len(set(_all(parts)))
    assert len(_all(parts)) + parts.left_out == len(labels)


def test_every_part_has_its_share_of_either_label():
    """Of rows that are all apart, 60, 15 and 25 in a hundred, and the label as often in each."""
    labels = [row % 5 == 0 for row in range(1_000)]
    parts = split(labels, list(range(1_000)), seed=1)

    assert [len(rows) for rows in (parts.train, parts.calibration, parts.held_out)] == [600, 150, 250]
    assert [
        sum(labels[row] for row in rows) for rows in (parts.train, parts.calibration, parts.held_out)
    ] == [120, 30, 50]


def test_the_seed_decides_alone():
    """The same rows and seed give the same parts, another seed others."""
    labels, groups = _drawn()

    assert split(labels, groups, seed=1) == split(labels, groups, seed=1)
    assert split(labels, groups, seed=1) != split(labels, groups, seed=2)
