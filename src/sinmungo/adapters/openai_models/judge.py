"""A judge behind an OpenAI-compatible address."""

from __future__ import annotations

import secrets

from django.conf import settings

from sinmungo.adapters.openai_models import prompt
from sinmungo.adapters.openai_models.answer import read_answer
from sinmungo.adapters.openai_models.client import Chat, Prompt
from sinmungo.journeys.consulting.values import JudgeAnswer, JudgeQuestion, Tokens

_BOUNDARY_BYTES = 12


class OpenAIJudge:
    """Asks the model named in the settings; raises what :class:`Chat` raises."""

    sends_outside = True
    version = f"openai-{prompt.VERSION}"

    def __init__(self) -> None:
        self.model: str = settings.SINMUNGO_JUDGE_MODEL
        self._chat = Chat(self.model)

    def at_most(self, question: JudgeQuestion) -> Tokens:
        """Return more tokens than asking can ever use."""
        return _prompt(question).at_most()

    def ask(self, question: JudgeQuestion, *, deadline: float) -> JudgeAnswer:
        """Return the answer within ``deadline`` seconds; raises ModelFailed."""
        return read_answer(self._chat.say(_prompt(question), deadline=deadline))


def _prompt(question: JudgeQuestion) -> Prompt:
    return prompt.judge_prompt(question, boundary=secrets.token_hex(_BOUNDARY_BYTES))
