from __future__ import annotations

from django.db import models

from sinmungo.apps.base.append_only import AppendOnly


class Entry(AppendOnly):
    """One act, written in the transaction that did it. It has no position yet.

    ``body`` is canonical JSON (RFC 8785) of plain facts and salted digests, never personal text;
    ``leaf`` is the RFC 6962 leaf hash over the canonical form of the whole entry.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
    schema = models.PositiveSmallIntegerField()
    body = models.TextField()
    leaf = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Unsequenced(models.Model):
    """An entry that has no position yet; the sequencer removes the row when it gives one."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return str(self.entry_id)


class Leaf(AppendOnly):
    """The position of an entry in the log, from 0 without a gap."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="leaf_row")
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.position)


class Tile(AppendOnly):
    """256 neighbouring hashes of one level, stored when the tile is full."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["level", "index"], name="ledger_one_tile"),)

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(AppendOnly):
    """A signed statement of size and root; ``frontier`` lets the sequencer go on from it."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    note = models.TextField()
    frontier = models.BinaryField(max_length=4096)

    def __str__(self) -> str:
        return str(self.size)


class Sequencer(models.Model):
    """The lock of the one sequencer: whoever holds this row appends."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    worked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)
