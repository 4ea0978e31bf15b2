"""The prompt: what the chat template and the lines of the passages are as text. Both sides of the model keep to it.

    <|system|><|1|> First sentence [1].<|2|> Second sentence [1].<|3|> A sentence of passage two [2].
    <|user|> question<|assistant|>

(no line break between them) is answered by ``<|2|> Second sentence [1].<|end|>`` or ``<|0|> NO ANSWER<|end|>``. Each sentence
of the passages is a line: a label of its own, which is a special token and so never shows in the text, and the sentence
already written as it would be cited.
"""

END, SYSTEM, USER, ASSISTANT = "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"
LABELS = 64
NO_ANSWER = " NO ANSWER"


def label(number):
    """Of line ``number``, from 1; 0 says that no line answers."""
    return f"<|{number}|>"


SPECIAL = [END, SYSTEM, USER, ASSISTANT] + [label(i) for i in range(LABELS + 1)]


def cited(sentence, passage):
    """The sentence with its citation, before a full stop that ends it."""
    sentence = " ".join(sentence.split())
    return f"{sentence[:-1]} [{passage}]." if sentence.endswith(".") else f"{sentence} [{passage}]"


def render(passages, question):
    """The whole prompt of a question over passages, each a list of sentences."""
    lines = [cited(s, n) for n, sentences in enumerate(passages, 1) for s in sentences][:LABELS]
    body = "".join(f"{label(i)} {line}" for i, line in enumerate(lines, 1))
    return f"{SYSTEM}{body}{USER} {question}{ASSISTANT}"
