"""The forms of the pages for everybody. They keep what was typed whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from sinmungo.apps.appeals.files import JPEG, PDF, PNG, TEXT, IncomingFile
from sinmungo.apps.appeals.services import MAX_WORDS as MAX_APPEAL_WORDS
from sinmungo.apps.autonomy.letter_file import MAX_BYTES as MAX_LETTER
from sinmungo.apps.intake.services import MAX_CONTACT, MAX_WORDS
from sinmungo.apps.items.models import Platform
from sinmungo.core.kernel.words import ItemType, ReportReason

MAX_ADDRESS = 1000
MAX_RECEIPTS_TEXT = 2000
ITEM_TYPES = [
    (ItemType.POST.value, _("A post or a comment")),
    (ItemType.MESSAGE.value, _("A message")),
    (ItemType.ACCOUNT.value, _("An account")),
    (ItemType.ROOM.value, _("A chat room or a group")),
    (ItemType.MEDIA.value, _("A picture or a video")),
]
REASONS = [
    (ReportReason.HATE.value, _("It demeans people for what they are or where they come from")),
    (ReportReason.HARASSMENT.value, _("It threatens, torments or pursues somebody")),
    (ReportReason.SEXUAL_SERVICES.value, _("It offers or seeks paid sex")),
    (ReportReason.INTIMATE_IMAGE.value, _("It shares, trades or asks for intimate pictures without consent")),
    (ReportReason.PERSONAL_INFORMATION.value, _("It gives away somebody’s personal information")),
    (ReportReason.SPAM.value, _("It is spam or a fraud")),
    (ReportReason.OTHER.value, _("Something else")),
]
_REQUIRED = _("Please fill this in.")


class _Form(forms.Form):
    """A form whose fields say their help and their errors to screen readers."""

    use_required_attribute = False

    def __init__(
        self, *args: Any, choices: Mapping[str, list[tuple[str, str]]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, offered in (choices or {}).items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices, field.initial = offered, offered[0][0] if offered else ""
        for name in self.fields:
            self._describe(name)

    def _describe(self, name: str) -> None:
        """Tie help and errors to their field (WAI-ARIA ``aria-describedby``)."""
        field = self.fields[name]
        is_wrong = self.is_bound and name in self.errors
        described = [f"help_{name}"] if field.help_text else []
        described += [f"error_{name}"] if is_wrong else []
        field.widget.attrs |= {"aria-describedby": " ".join(described)} if described else {}
        field.widget.attrs |= {"aria-invalid": "true"} if is_wrong else {}

    def refuse(self, name: str, sentence: str) -> None:
        """Show a refusal at the field it is about."""
        self.add_error(name, sentence)
        self._describe(name)

    def wrong(self) -> list[BoundField]:
        """Return the fields with errors, for the summary on top."""
        return [self[name] for name in self.fields if name in self.errors]


class ReportForm(_Form):
    """A report by somebody without an account."""

    platform = forms.ChoiceField(label=_("Where did you see it?"), error_messages={"required": _REQUIRED})
    item_type = forms.ChoiceField(
        label=_("What is it?"), choices=ITEM_TYPES, initial=ItemType.POST.value, widget=forms.RadioSelect
    )
    address = forms.CharField(
        label=_("Its address or number"),
        help_text=_("Copy the address of the page, or write the number that the place shows."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        error_messages={"required": _REQUIRED},
    )
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose what fits best.")},
    )
    words = forms.CharField(
        label=_("What should we know? (optional)"),
        help_text=_("Up to 2,000 characters. Only those who decide read it; it is never passed on."),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
    )
    contact = forms.CharField(
        label=_("How can we reach you? (optional)"),
        help_text=_("You do not need to leave anything: the receipt is enough to read the outcome."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        required=False,
    )

    def __init__(self, *args: Any, platforms: Sequence[Platform], **kwargs: Any) -> None:
        offered = [(platform.slug, platform.name) for platform in platforms]
        super().__init__(*args, choices={"platform": offered}, **kwargs)

    def clean_address(self) -> str:
        """Bound the address."""
        return _bounded(self.cleaned_data["address"], MAX_ADDRESS)

    def clean_words(self) -> str:
        """Bound the words."""
        return _bounded(self.cleaned_data["words"].replace("\r\n", "\n"), MAX_WORDS)

    def clean_contact(self) -> str:
        """Bound the contact."""
        return _bounded(self.cleaned_data["contact"], MAX_CONTACT)


class _SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class AppealForm(_Form):
    """An appeal: words and files."""

    words = forms.CharField(
        label=_("Why do you see it differently?"),
        help_text=_("In your own words, up to 10,000 characters: what was meant, what we may not know."),
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": _REQUIRED},
    )
    attachments = forms.Field(
        label=_("Files (optional)"),
        help_text=_(
            "At most 3 files of 5 MB: text, PDF, PNG, JPEG. Place and time are removed from pictures."
        ),
        widget=_SeveralFiles(attrs={"multiple": True, "accept": f"{TEXT},{PDF},{PNG},{JPEG}"}),
        required=False,
    )

    def __init__(self, *args: Any, only_text: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if only_text:
            self.fields["attachments"].help_text = _(
                "At most 3 text files of 5 MB. In a matter of this kind no pictures and no PDF are taken,"
                " so that nothing is passed on again. You can describe them in words."
            )
            self.fields["attachments"].widget.attrs["accept"] = TEXT

    def clean_words(self) -> str:
        """Bound the words."""
        return _bounded(self.cleaned_data["words"].replace("\r\n", "\n"), MAX_APPEAL_WORDS)

    def incoming(self) -> list[IncomingFile]:
        """Return the files as they came."""
        sent = self.files.getlist("attachments") if self.files else []
        return [IncomingFile(file.name or "", file.read()) for file in sent]


class ReceiptsForm(_Form):
    """One receipt or several, one a line."""

    receipts = forms.CharField(
        label=_("Receipts"),
        help_text=_("One a line. Capital letters, spaces and hyphens do not matter."),
        widget=forms.Textarea(
            attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false", "class": "code"}
        ),
        error_messages={"required": _("Please write at least one receipt.")},
    )

    def clean_receipts(self) -> str:
        """Bound the text."""
        return _bounded(self.cleaned_data["receipts"], MAX_RECEIPTS_TEXT)


class LinkForm(_Form):
    """The address of a statement, pasted."""

    link = forms.CharField(
        label=_("The address you were given"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
        error_messages={"required": _REQUIRED},
    )

    def clean_link(self) -> str:
        """Bound the address."""
        return _bounded(self.cleaned_data["link"], MAX_ADDRESS)


class LetterForm(_Form):
    """The text of a clearance letter's file, pasted."""

    text = forms.CharField(
        label=_("The whole text of the file"),
        help_text=_("Open the file with any editor, copy everything and paste it here. Nothing is kept."),
        widget=forms.Textarea(
            attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false", "class": "code"}
        ),
        error_messages={"required": _REQUIRED},
        strip=False,
    )

    def clean_text(self) -> str:
        """Bound the text."""
        return _bounded(self.cleaned_data["text"], MAX_LETTER)


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise forms.ValidationError(
            _("This has %(length)d characters; at most %(limit)d can be taken. Nothing was cut off."),
            params={"length": len(text), "limit": limit},
        )
    return text
