"""Writes expected.json beside the chat templates of inference-service's tests: what transformers makes of them.

    python scripts/chat-templates/render.py inference-service/src/test/resources/chat-templates

Needs transformers (made with 4.57) and its jinja2 (3.1). Neither the build nor the tests run it.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

from jinja2.exceptions import TemplateError
from transformers.utils.chat_template_utils import _compile_jinja_template

NOW = datetime(2026, 3, 7, 9, 5, 3)
ALWAYS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "tools": None,
    "documents": None,
    "strftime_now": NOW.strftime,
}


def rendered(source, conversation):
    try:
        return {"text": _compile_jinja_template(source).render(**(ALWAYS | conversation))}
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main(folder):
    conversations = json.loads((folder / "conversations.json").read_text("utf-8"))
    constructs = (folder / "constructs.txt").read_text("utf-8").split("\n")
    expected = {
        "made_with": "transformers and jinja2, see scripts/chat-templates/render.py",
        "templates": [
            {"template": file.name, "conversation": name} | rendered(file.read_text("utf-8"), conversation)
            for file in sorted(folder.glob("*.jinja"))
            for name, conversation in conversations.items()
        ],
        "constructs": [
            {"construct": line} | rendered(line, conversations["training"]) for line in constructs if line
        ],
    }
    text = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
