"""One tiny byte-level BPE, trained on a few sentences of ours, dressed in each family's special tokens and template."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SENTENCES = (
    "The answer is in the second passage. A small model reads the question and the passages, then writes one sentence "
    "and names the passage that it took it from. The river rises in the mountains and reaches the sea near the old "
    "harbour. Bread needs flour, water, salt and time. The train leaves at seven and arrives before noon. Where does "
    "the river rise? In the mountains [2]. Which passage says when the train leaves? The third one [3]. "
)
PIECES = 300

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
QWEN = (
    "{%- if messages[0]['role'] != 'system' %}{{- '<|im_start|>system\nYou are a careful assistant.<|im_end|>\n' }}"
    "{%- endif %}"
    "{%- for m in messages %}{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}"
    "{%- endif %}{%- endif %}"
)
LLAMA3 = (
    "{{- bos_token }}{%- for m in messages %}"
    "{{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + '<|eot_id|>' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)
# no system role: what it says goes before the first question
GEMMA = (
    "{{ bos_token }}{%- if messages[0]['role'] == 'system' -%}{%- set first = messages[0]['content'] + '\n\n' -%}"
    "{%- set turns = messages[1:] -%}{%- else -%}{%- set first = '' -%}{%- set turns = messages -%}{%- endif -%}"
    "{%- for m in turns -%}{%- if (m['role'] == 'user') != (loop.index0 % 2 == 0) -%}"
    "{{ raise_exception('roles must alternate between user and assistant') }}{%- endif -%}"
    "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' }}"
    "{{ first if loop.first else '' }}"
    "{{ m['content'] | trim + '<end_of_turn>\n' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}"
)
PHI3 = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
PHI4 = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

# style: special tokens in order of their ids, first token of a text (None: none), end tokens, padding, template
STYLES = {
    "chatml": (["<|endoftext|>", "<|im_start|>", "<|im_end|>"], None, ["<|im_end|>"], "<|endoftext|>", CHATML),
    "qwen": (
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"],
        None,
        ["<|im_end|>", "<|endoftext|>"],
        "<|endoftext|>",
        QWEN,
    ),
    "llama3": (
        ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|pad|>"],
        "<|begin_of_text|>",
        ["<|eot_id|>", "<|end_of_text|>"],
        "<|pad|>",
        LLAMA3,
    ),
    "gemma": (
        ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"],
        "<bos>",
        ["<end_of_turn>", "<eos>"],
        "<pad>",
        GEMMA,
    ),
    "phi3": (
        ["<|endoftext|>", "<s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
        None,
        ["<|end|>", "<|endoftext|>"],
        "<|endoftext|>",
        PHI3,
    ),
    "phi4": (
        ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
        None,
        ["<|end|>", "<|endoftext|>"],
        "<|endoftext|>",
        PHI4,
    ),
}

CHAT = [
    {"role": "system", "content": "Answer from the passages."},
    {"role": "user", "content": " Where does the river rise? "},
    {"role": "assistant", "content": "In the mountains [2]."},
    {"role": "user", "content": "Für wen? – naïve 東京 🙂"},
]


def make(style):
    specials, first, ends, pad, template = STYLES[style]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES,
        # Gemma's lowest ids are its special tokens; the others put theirs behind the pieces
        special_tokens=specials if style in ("gemma", "chatml") else [],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([SENTENCES], trainer)
    if first:
        first_id = tokenizer.token_to_id(first)
        if first_id is None:
            tokenizer.add_special_tokens(specials)
            first_id = tokenizer.token_to_id(first)
        tokenizer.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single=f"{first} $A", pair=f"{first} $A {first}:1 $B:1", special_tokens=[(first, first_id)]
                ),
            ]
        )
    tokenizer.add_special_tokens(specials)
    # the first end token is the one that ends a turn, which tokenizer_config.json calls eos_token
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=first,
        eos_token=ends[0],
        pad_token=pad,
        chat_template=template,
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def special_ids(tokenizer, style):
    """Returns (first token or None, end tokens, padding) as ids."""
    _, first, ends, pad, _ = STYLES[style]
    ids = tokenizer.convert_tokens_to_ids
    return ids(first) if first else None, [ids(e) for e in ends], ids(pad)


def rendered(tokenizer):
    """Conversations as transformers renders and tokenizes them with the model's own template."""
    cases = []
    for messages in (CHAT[1:2], CHAT[:2], CHAT):
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        cases.append({"messages": messages, "text": text, "ids": ids})
    return {"cases": cases}
