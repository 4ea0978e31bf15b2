"""Held-out questions over passages, the same for every run."""

import random
from dataclasses import dataclass

import corpus

TOKENS = 900  # of the passages of one case, estimated from characters
CHARACTERS_PER_TOKEN = 3.2


@dataclass(frozen=True)
class Case:
    passages: tuple[tuple[str, ...], ...]
    question: str
    right: tuple[int, int] | None  # passage and sentence, from 0; none where nothing answers
    answer: str


def cases(data, count, unanswerable_share, seed=5):
    """One to four paragraphs of held-out articles, half of the others from the same article, in any order."""
    rng = random.Random(seed)
    passages = corpus.squad(data / "squad-dev/dev-1.1.json", held_out=True)
    asked = [(p, q) for p in passages for q in p.questions]
    rng.shuffle(asked)
    made = []
    for passage, question in asked[:count]:
        answerable = rng.random() >= unanswerable_share
        chosen = [passage] if answerable else []
        size = len(passage.text) if answerable else 0
        wanted = rng.randint(1, 4)
        while len(chosen) < wanted:
            same = [p for p in passages if p.source == passage.source]
            other = rng.choice(same if rng.random() < 0.5 else passages)
            size += len(other.text)
            if chosen and size > TOKENS * CHARACTERS_PER_TOKEN:
                break
            if other is not passage and other not in chosen:
                chosen.append(other)
        rng.shuffle(chosen)
        right = (chosen.index(passage), question.line) if answerable else None
        made.append(Case(tuple(p.lines for p in chosen), question.text, right, question.answer))
    return made
