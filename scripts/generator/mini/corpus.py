"""Reads the two collections the model learns from, and says what is kept back.

SQuAD 1.1 dev: the last eight articles are never trained on. tldr pages: every tenth page by path is not.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

HELD_OUT_ARTICLES = 8
HELD_OUT_PAGES = 10

_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")
_NO_END = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|Gen|Col|Lt|Capt|Rev|vs|cf|ca|Fig|No|Vol|pp|ed|Jr|Sr|Inc|Ltd|Co)|\b[A-Z]|\.[A-Za-z])\.$"
)


@dataclass(frozen=True)
class Question:
    text: str
    line: int  # the sentence that holds the answer
    answer: str


@dataclass(frozen=True)
class Passage:
    """A paragraph or page: its sentences, and questions that one of them answers."""

    source: str
    lines: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def text(self):
        return " ".join(self.lines)


def sentence_spans(text):
    """Half-open places of the sentences; in doubt no cut."""
    start = 0
    for match in _END.finditer(text):
        head = text[start : match.end()].rstrip()
        if not _NO_END.search(head.rstrip("\"'”’)]")):
            yield start, start + len(head)
            start = match.end()
    if text[start:].strip():
        yield start, len(text)


def one_line(text):
    return " ".join(text.split())


def squad(path, held_out):
    """Passages of the articles that are trained on, or of those that are not."""
    articles = json.loads(Path(path).read_text())["data"]
    chosen = articles[-HELD_OUT_ARTICLES:] if held_out else articles[:-HELD_OUT_ARTICLES]
    return [_paragraph(article["title"], p) for article in chosen for p in article["paragraphs"]]


def _paragraph(title, paragraph):
    context = paragraph["context"]
    spans = list(sentence_spans(context))
    questions = []
    for qa in paragraph["qas"]:
        answer = qa["answers"][0]
        at = answer["answer_start"]
        line = next((i for i, (s, e) in enumerate(spans) if s <= at < e), None)
        if line is not None:
            questions.append(Question(one_line(qa["question"]), line, answer["text"]))
    return Passage(title, tuple(one_line(context[s:e]) for s, e in spans), tuple(questions))


def tldr(path, held_out):
    """One passage a page: its head, then each description with its command; a question asks for the description."""
    pages = sorted(Path(path).rglob("*.md"))
    return [
        page
        for i, file in enumerate(pages)
        if (i % HELD_OUT_PAGES == HELD_OUT_PAGES - 1) == held_out and (page := _page(file)).lines
    ]


def _page(file):
    lines, questions, description, name = [], [], None, file.stem
    for raw in file.read_text().splitlines():
        line = raw.strip()
        if line.startswith("# "):
            name = line[2:]
        elif line.startswith("> "):
            lines.append(one_line(line[2:]))
        elif line.startswith("- "):
            description = one_line(line[2:])
        elif line.startswith("`") and description:
            task = description.rstrip(":").replace("[", "").replace("]", "")
            questions.append(Question(task, len(lines), line.strip("`")))
            lines.append(f"{description} {line}")
            description = None
    return Passage(name, tuple(lines), tuple(questions))
