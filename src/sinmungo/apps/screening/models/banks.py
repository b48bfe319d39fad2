from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.items.models import Version


class Bank(models.Model):
    """A curated set of fingerprints of known pictures, clips and texts.

    ``source`` says who keeps it. A sealed bank holds protected media: its fingerprints are sealed in
    their rows, opened into memory only, never exported and never written into a snapshot. A negative bank
    names what is never a match; it mutes open banks, never a sealed one. ``seen_by`` lists the roles
    that may know of the bank and its matches; empty means everybody who sees cases. ``change`` counts
    every act that changes what matches: whoever holds the bank in memory reads what came after.
    """

    class Severity(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"
        CRITICAL = "critical"

    name = models.SlugField(max_length=60, primary_key=True)
    title_ko = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    source = models.CharField(max_length=80, default="own")
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.MEDIUM)
    seen_by = models.JSONField(default=list, blank=True)
    is_sealed = models.BooleanField(default=False)
    is_negative = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    change = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="screening_sealed_never_negative", condition=Q(is_sealed=False) | Q(is_negative=False)
            ),
        )

    def __str__(self) -> str:
        return self.name


class Fingerprint(models.Model):
    """One protected or known thing: an exact digest, a kit of hashes, a clip, or a text's signature.

    ``content`` is as ``core.matching.fingerprints`` writes it; in a sealed bank it is sealed under the key
    ``bank:<name>``, and empty once it is withdrawn. ``digest`` tells equal ones apart: SHA-256 of kind and
    content, keyed in a sealed bank, random once withdrawn. ``change`` is the bank's number when this row
    was added or withdrawn. ``external_id`` is the id at the exchange that it came from.
    """

    class Kind(models.TextChoices):
        SHA256 = "sha256"
        MD5 = "md5"
        PDQ = "pdq"
        CLIP = "clip"
        TEXT = "text"

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="fingerprints", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    content = models.BinaryField(blank=True)
    digest = models.BinaryField(max_length=32)
    external_id = models.CharField(max_length=200, blank=True)
    change = models.PositiveBigIntegerField()
    added_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["bank", "digest"], name="screening_once_in_bank"),
            models.CheckConstraint(
                name="screening_withdrawn_is_empty", condition=Q(withdrawn_at__isnull=True) | Q(content=b"")
            ),
        )
        indexes = (
            models.Index(fields=["bank", "change"], name="screening_bank_change"),
            models.Index(fields=["bank", "external_id"], name="screening_bank_external"),
        )

    def __str__(self) -> str:
        return "···"


class ExchangeState(models.Model):
    """How far a bank has read an exchange, so that a checkpoint that goes back is noticed."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=80)
    checkpoint = models.CharField(max_length=500, blank=True)
    position = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["bank", "source"], name="screening_one_state"),)

    def __str__(self) -> str:
        return f"{self.source} at {self.position}"


class SeenMedia(models.Model):
    """A picture or clip of a version, remembered by what can be compared: its digest and its hashes.

    ``hashes`` are at most 16 records of 33 bytes for a picture (``core.matching.fingerprints``), of a clip
    its frames, sealed under the key ``seen-media``; empty until they are made or where they could not be.
    Nothing of the media itself is kept.
    """

    version = models.ForeignKey(Version, models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField()
    sha256 = models.BinaryField(max_length=32)
    is_clip = models.BooleanField(default=False)
    hashes = models.BinaryField(blank=True)
    seen_at = models.DateTimeField()
    hashed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["version", "place"], name="screening_seen_once"),)

    def __str__(self) -> str:
        return f"{self.place} of {self.version_id}"


class MediaHashing(Promise):
    """The hashes of a picture or clip that was seen must be made."""

    seen = models.OneToOneField(SeenMedia, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.seen_id}"


class Hunt(Promise):
    """Fingerprints of a bank must be looked for in everything already seen.

    Looked for are those whose ``change`` lies above ``after_change`` and at most at ``to_change``.
    ``stage`` and the cursors say how far it came; ``total``, ``looked`` and ``found`` count media and texts.
    """

    class Stage(models.TextChoices):
        MEDIA = "media"
        TEXTS = "texts"
        DONE = "done"

    id = models.UUIDField(primary_key=True)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    after_change = models.PositiveBigIntegerField()
    to_change = models.PositiveBigIntegerField()
    stage = models.CharField(max_length=5, choices=Stage.choices, default=Stage.MEDIA)
    media_cursor = models.BigIntegerField(default=0)
    text_cursor = models.UUIDField(null=True, blank=True)
    total = models.PositiveBigIntegerField(default=0)
    looked = models.PositiveBigIntegerField(default=0)
    found = models.PositiveBigIntegerField(default=0)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.bank_id}: {self.looked} of {self.total}"


class HuntFind(AppendOnly):
    """Something seen earlier that matches: which version, which of its media (none: its text), how near."""

    hunt = models.ForeignKey(Hunt, models.PROTECT, related_name="finds", db_index=False)
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    place = models.SmallIntegerField(default=-1)
    fingerprint = models.ForeignKey(Fingerprint, models.PROTECT, related_name="+")
    evidence = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["hunt", "version", "place", "fingerprint"], name="screening_found_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.hunt_id}: {self.version_id}"
