"""Models behind an OpenAI-compatible address (``POST /chat/completions``); needs the extra ``models``.

Everything given to these adapters leaves the house.
"""

from sinmungo.adapters.openai_models.judge import OpenAIJudge
from sinmungo.adapters.openai_models.translator import OpenAITranslator

__all__ = ["OpenAIJudge", "OpenAITranslator"]
