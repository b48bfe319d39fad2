"""Log lines as JSON without personal data: class and code of an error, never its words or paths."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """One JSON object a line; an exception is reduced to its class, code and the code lines it ran."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            # %-arguments may carry a request's path or a person's words, so the bare template is kept
            "message": str(record.msg)[:300],
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["code"] = getattr(error, "code", "")
            line["where"] = _where(error)
        return json.dumps(line, ensure_ascii=False)


def _where(error: BaseException) -> list[str]:
    steps = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        steps.append(f"{step.tb_frame.f_globals.get('__name__', '?')}.{code.co_name}:{step.tb_lineno}")
        step = step.tb_next
    return steps[-6:]
