package dev.siskin.inference.generation.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** Model folders without a model: a small tokenizer and what a test adds. */
final class ModelFolders {
    /** Byte-level BPE of 602 tokens, with ChatML's marks, {@code <think>} and {@code </think>}. */
    static final String BYTE_LEVEL = "byte-level";

    /** BPE with byte fallback in the manner of SentencePiece, 700 tokens; {@code <s>}, {@code </s>}, {@code <unk>}. */
    static final String SENTENCE_PIECE = "sentencepiece";

    static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-07T09:05:03Z"), ZoneOffset.UTC);

    private ModelFolders() {}

    static Path folder(Path in, String tokenizer) throws IOException {
        Path folder = Files.createTempDirectory(in, tokenizer);
        try (InputStream json = ModelFolders.class.getResourceAsStream("/tokenizers/" + tokenizer + ".json")) {
            Files.copy(json, folder.resolve("tokenizer.json"));
        }
        return folder;
    }
}
