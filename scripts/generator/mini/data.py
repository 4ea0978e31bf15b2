"""Makes training rows. A row is the lines of some passages, then several questions over them, each with its answer.

The questions of a row are branches: each sees the lines and itself, not the others, and its positions go on where the
lines end; to the model it is as if each stood alone behind the passages. Rows of plain text have one branch.
"""

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import corpus
import prompt

ASKING = "what who when where which how why did does is was".split()
TASKS = ["How do I {}?", "how to {}", "{}", "How can I {} with {name}?", "What does {name} need to {}?", "{name}: {}"]


@dataclass
class Row:
    ids: list
    branch: list  # 0 the lines, from 1 the questions
    position: list
    weight: list  # of the token as a target


class Sampler:
    """Endless rows of at most ``length`` tokens. Deterministic by seed."""

    def __init__(self, data: Path, tokenizer: Path, seed: int, held_out=False):
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.random = random.Random(seed)
        self.special = {text: self.tokenizer.token_to_id(text) for text in prompt.SPECIAL}
        self.labels = [self.special[prompt.label(i)] for i in range(prompt.LABELS + 1)]
        self.words = lru_cache(200_000)(lambda word: self.tokenizer.encode(" " + word).ids)
        self.dot = self.tokenizer.token_to_id(".")
        self.squad = corpus.squad(data / "squad-dev/dev-1.1.json", held_out)
        self.tldr = corpus.tldr(data / "documents/tldr/pages", held_out)
        self.by_source = {}
        for passage in self.squad:
            self.by_source.setdefault(passage.source, []).append(passage)
        self.first_plain = len(prompt.SPECIAL)
        self.size = self.tokenizer.get_vocab_size()

    def encode(self, text):
        return [i for word in text.split(" ") for i in self.words(word)]

    def line(self, text):
        """A sentence; a full stop that ends it is a token of its own, for the citation goes before it."""
        return self.encode(text[:-1]) + [self.dot] if text.endswith(".") else self.encode(text)

    # rows

    def row(self, length, random_share, plain_share):
        kind = self.random.random()
        if kind < plain_share:
            return self.plain_row(length)
        if kind < plain_share + random_share:
            return self.random_row(length)
        return self.text_row(length)

    def plain_row(self, length):
        row = Row([], [], [], [])
        while len(row.ids) < length:
            passage = self.random.choice(self.squad if self.random.random() < 0.75 else self.tldr)
            ids = self.tokenizer.encode(passage.text).ids + [self.special[prompt.END]]
            branch = row.branch[-1] + 1 if row.branch else 1
            extend(row, ids, branch, range(len(ids)), [0.5] * len(ids))
        return cut(row, length)

    def random_row(self, length):
        """Lines of random tokens: what is asked for can only be found by looking, never be known."""
        pick = self.random.randrange
        lines, budget = [], int(length * 0.5)
        while budget > 24:
            line = [pick(self.first_plain, self.size) for _ in range(pick(5, 21))]
            if lines and pick(2):  # a piece of another line, so that one token does not tell
                other = self.random.choice(lines)
                at = pick(len(other))
                line[1:1] = other[at : at + 3]
            lines.append(line)
            budget -= len(line) + 4
        passages = [1 + i * 4 // len(lines) for i in range(len(lines))]
        questions = []
        for _ in range(12):
            at = pick(len(lines))
            asked = self.random.sample(lines[at], min(len(lines[at]), pick(2, 7)))
            if pick(8) == 0:
                asked, at = [pick(self.first_plain, self.size) for _ in asked], None
            asked += [pick(self.first_plain, self.size) for _ in range(pick(3))]
            self.random.shuffle(asked)
            questions.append((asked, at))
        return self.assemble(lines, passages, questions, length)

    def text_row(self, length):
        """Passages around one that has questions; others of the same and of other articles beside it."""
        main = self.random.choice(self.tldr if self.random.random() < 0.25 else self.squad)
        budget = int(length * self.random.uniform(0.35, 0.75))
        passages, left = [], budget
        for number in range(self.random.choice([1, 2, 2, 3, 3, 4])):
            passage = main if number == 0 else self.other(main)
            part = self.stretch(passage, left if number else int(left * self.random.uniform(0.4, 1)))
            if part:
                passages.append(part)
                left -= sum(len(ids) + 5 for _, _, ids in part)
        self.random.shuffle(passages)
        lines, numbers, places = [], [], {}
        for number, part in enumerate(passages, 1):
            for passage, index, ids in part:
                if len(lines) < prompt.LABELS:
                    places[id(passage), index] = len(lines)
                    lines.append(ids)
                    numbers.append(number)
        if not lines:
            return self.random_row(length)
        shown = list({id(p): p for part in passages for p, _, _ in part}.values())
        return self.assemble(lines, numbers, self.questions(shown, places, lines), length)

    def other(self, main):
        chance = self.random.random()
        if chance < 0.5 and main.source in self.by_source:
            return self.random.choice(self.by_source[main.source])
        return self.random.choice(self.squad if chance < 0.85 else self.tldr)

    def stretch(self, passage, budget):
        """Neighbouring sentences within a budget of tokens."""
        start = self.random.randrange(len(passage.lines)) if self.random.random() < 0.6 else 0
        part = []
        for index in range(start, len(passage.lines)):
            ids = self.line(passage.lines[index])
            if len(ids) + 5 > budget:
                break
            part.append((passage, index, ids))
            budget -= len(ids) + 5
        return part

    def questions(self, shown, places, lines):
        made = []
        for passage in shown:
            for question in passage.questions:
                at = places.get((id(passage), question.line))
                if at is not None or self.random.random() < 0.08:
                    made.append((self.asked(passage, question), at))
        if self.random.random() < 0.55:
            passage = self.random.choice(self.squad)
            if passage.questions and all(passage is not p for p in shown):
                made.append((self.asked(passage, self.random.choice(passage.questions)), None))
        for _ in range(1 + len(lines) // 6):
            at = self.random.randrange(len(lines))
            made.append((self.made_up(lines[at]), at))
        self.random.shuffle(made)
        return made

    def asked(self, passage, question):
        text = question.text
        if passage.source not in self.by_source:
            form = self.random.choice(TASKS)
            text = form.format(text[:1].lower() + text[1:], name=passage.source)
        words = text.split(" ")
        if self.random.random() < 0.25:
            kept = [w for w in words if self.random.random() > 0.2]
            words = kept if len(kept) > 2 else words
        text = " ".join(words)
        if self.random.random() < 0.15:
            text = text.rstrip("?").lower()
        return self.encode(text)

    def made_up(self, line):
        """A question of a line's own tokens: a stretch of them, some dropped, sometimes out of order."""
        size = min(len(line), self.random.randrange(3, 16))
        at = self.random.randrange(len(line) - size + 1)
        tokens = [t for t in line[at : at + size] if self.random.random() > 0.25] or line[:1]
        if self.random.random() < 0.3:
            self.random.shuffle(tokens)
        return self.words(self.random.choice(ASKING)) + tokens + self.encode("?")[1:]

    def assemble(self, lines, passages, questions, length):
        special = self.special
        labels = self.random.sample(self.labels[1:], len(lines))
        if self.random.random() < 0.5:
            labels = self.labels[1 : len(lines) + 1]
        cited = []
        for line, passage in zip(lines, passages):
            ended = line[-1] == self.dot
            cited.append((line[:-1] if ended else line) + self.citation(passage, ended))
        row = Row([special[prompt.SYSTEM]], [0], [0], [0.0])
        for label, line in zip(labels, cited):
            extend(row, [label] + line, 0, None, [0.0] + [0.3] * len(line))
        start, branch = len(row.ids), 0
        nothing = [self.labels[0]] + self.tokenizer.encode(prompt.NO_ANSWER).ids
        for question, at in questions:
            answer = nothing if at is None else [labels[at]] + cited[at]
            ids = [special[prompt.USER]] + question + [special[prompt.ASSISTANT]] + answer + [special[prompt.END]]
            if len(row.ids) + len(ids) > length:
                continue
            branch += 1
            weights = [0.0] + [0.1] * len(question) + [0.0, 6.0] + [1.0] * len(answer)
            extend(row, ids, branch, range(start, start + len(ids)), weights)
        return cut(row, length)

    @lru_cache(1000)
    def citation(self, passage, ended):
        return self.tokenizer.encode(f" [{passage}]" + ("." if ended else "")).ids


def extend(row, ids, branch, positions, weights):
    if positions is None:
        positions = range(len(row.ids), len(row.ids) + len(ids))
    row.ids.extend(ids)
    row.branch.extend([branch] * len(ids))
    row.position.extend(positions)
    row.weight.extend(weights)


def cut(row, length):
    return Row(row.ids[:length], row.branch[:length], row.position[:length], row.weight[:length])


def batch(rows, length):
    """Arrays [rows, length]: ids, branch (-1 is padding), position, weight of the next token as a target."""
    ids = np.zeros((len(rows), length), np.int64)
    branch = np.full((len(rows), length), -1, np.int64)
    position = np.zeros((len(rows), length), np.int64)
    weight = np.zeros((len(rows), length), np.float32)
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n], branch[i, :n], position[i, :n] = row.ids, row.branch, row.position
        follows = [row.branch[j] == row.branch[j + 1] for j in range(n - 1)]
        weight[i, : n - 1] = np.where(follows, row.weight[1:], 0)
    return ids, branch, position, weight
