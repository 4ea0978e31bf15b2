"""Trains the byte-level BPE tokenizer and writes the Hugging Face files beside it.

    python tokenizer.py --data DATA --out OUT
"""

import argparse
import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

import corpus
import prompt

VOCABULARY = 6144

TEMPLATE = """{%- for message in messages %}
{%- set content = message['content'] | trim %}
{{- '<|' + message['role'] + '|>' }}
{%- if content[:2] != '<|' %}{{ ' ' }}{% endif %}
{{- content }}
{%- if message['role'] == 'assistant' %}{{ '<|end|>' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
"""


def train(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(text, special=True, normalized=False) for text in prompt.SPECIAL]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    passages = corpus.squad(options.data / "squad-dev/dev-1.1.json", held_out=False)
    pages = corpus.tldr(options.data / "documents/tldr/pages", held_out=False)
    texts = [p.text for p in passages] + [q.text for p in passages for q in p.questions]
    texts += [p.text for p in pages[::3]]  # a third, so that commands do not crowd out words
    texts += [f" it [{n}]." for n in range(1, 10)] * 300 + [prompt.NO_ANSWER] * 100
    tokenizer = train(texts)
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(options.out / "tokenizer.json"))
    (options.out / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "model_max_length": 2048,
                "eos_token": prompt.END,
                "pad_token": prompt.END,
                "additional_special_tokens": prompt.SPECIAL[1:],
                "clean_up_tokenization_spaces": False,
            },
            indent=2,
        )
        + "\n"
    )
    (options.out / "chat_template.jinja").write_text(TEMPLATE)


if __name__ == "__main__":
    main()
