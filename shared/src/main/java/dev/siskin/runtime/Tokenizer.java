package dev.siskin.runtime;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * A model's tokenizer: Hugging Face's Rust library, called through the JNI class that DJL ships with it (see {@link
 * NativeLibraries} for why not through DJL's own classes). It serves embedding models and generators; the latter read
 * and write token ids alone, see {@link #encodeWithSpecials} and {@link #decode}.
 *
 * <h2>Long texts</h2>
 *
 * The library makes a Java object for every token of one call and frees none before it returns, so a text goes to it in
 * windows of at most {@value #WINDOW} UTF-16 units, cut before white space where there is any. Time and memory grow with
 * the text, not faster. A tokenizer that splits at white space first, as BERT's does, gives the same tokens as for the
 * whole; another may differ by a token at a cut. A generator's prompt must not: {@link #encodeWithSpecials} takes texts of
 * {@value #LONGEST_PROMPT} units at most, whole, and makes no object for each token.
 *
 * <h2>Offsets</h2>
 *
 * The library counts code points; this class gives UTF-16 units. A lone surrogate is read as U+FFFD, which is as long.
 *
 * <h2>Memory and threads</h2>
 *
 * The vocabulary lives in native memory (15 MB for BERT's 30,522 pieces) until {@link #close()}. Every method may be
 * called from any platform thread at once; do not call from virtual threads, whose carrier a native call holds.
 */
public final class Tokenizer implements AutoCloseable {

    /** UTF-16 units of a text that go to the library in one call. */
    static final int WINDOW = 16_384;

    /** UTF-16 units of the longest text that {@link #encodeWithSpecials} takes: some 250,000 tokens of prose. */
    public static final int LONGEST_PROMPT = 1 << 20;

    private final long handle;
    private final UseGate gate = new UseGate("tokenizer");

    private Tokenizer(long handle) {
        this.handle = handle;
    }

    /** The tokens of one text, special tokens included: their ids and types, each {@code [tokens]}. */
    @SuppressWarnings("ArrayRecordComponent") // lives for one run and is compared with nothing
    public record Tokens(long[] ids, long[] types, boolean truncated) {}

    /**
     * Loads a {@code tokenizer.json}; the truncation and padding it may ask for are switched off. The file is held in the
     * heap while it is read, 7 to 17 MB for vocabularies of 150,000 pieces.
     *
     * @throws ModelDirectoryException if the file is not a tokenizer's
     * @throws IllegalStateException if the native libraries are not found, see {@link NativeLibraries}
     */
    public static Tokenizer open(Path file) {
        NativeLibraries.load();
        try {
            long handle = TokenizersLibrary.LIB.createTokenizerFromString(Files.readString(file));
            TokenizersLibrary.LIB.disableTruncation(handle);
            TokenizersLibrary.LIB.disablePadding(handle);
            return new Tokenizer(handle);
        } catch (IOException e) {
            throw new ModelDirectoryException("%s cannot be read: %s".formatted(file, e), e);
        } catch (RuntimeException e) {
            throw new ModelDirectoryException("%s is not a tokenizer: %s".formatted(file, firstLine(e)), e);
        }
    }

    private static String firstLine(RuntimeException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** How many tokens the whole text has, special tokens and prefixes left out. */
    public int countTokens(String text) {
        int tokens = 0;
        for (int start = 0; start < text.length(); ) {
            int end = windowEnd(text, start);
            tokens += encode(text.substring(start, end), false, encoding -> TokenizersLibrary.LIB.getTokenIds(encoding))
                    .length;
            start = end;
        }
        return tokens;
    }

    /**
     * The tokens of a generator's prompt. Special tokens written in the text become their ids, so text of strangers must
     * hold none; nothing is added around it.
     *
     * @return {@code [tokens]}
     * @throws IllegalArgumentException if the text is longer than {@link #LONGEST_PROMPT}
     */
    public int[] encodeWithSpecials(String text) {
        if (text.length() > LONGEST_PROMPT) {
            throw new IllegalArgumentException(
                    "a prompt has at most %d UTF-16 units: length=%d".formatted(LONGEST_PROMPT, text.length()));
        }
        long[] ids = encode(text, false, encoding -> TokenizersLibrary.LIB.getTokenIds(encoding));
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    /** The id of a token that is written so, special or not; empty if the vocabulary has none that a text can name. */
    public OptionalInt idOf(String token) {
        return encode(token, false, encoding -> {
            String[] tokens = TokenizersLibrary.LIB.getTokens(encoding);
            return tokens.length == 1 && tokens[0].equals(token)
                    ? OptionalInt.of(Math.toIntExact(TokenizersLibrary.LIB.getTokenIds(encoding)[0]))
                    : OptionalInt.empty();
        });
    }

    /**
     * The text of tokens. Bytes that make no whole character come as U+FFFD, and some tokenizers drop a space in front.
     *
     * @param skipSpecial whether special tokens are left out, where they are written otherwise
     */
    public String decode(int[] ids, boolean skipSpecial) {
        long[] wide = Arrays.stream(ids).asLongStream().toArray();
        return gate.use(() -> TokenizersLibrary.LIB.decode(handle, wide, skipSpecial));
    }

    /** Where every token of the whole text lies, special tokens and prefixes left out. */
    public TokenSpans tokenSpans(String text) {
        TokenSpans spans = new TokenSpans();
        for (int start = 0; start < text.length(); ) {
            int end = windowEnd(text, start);
            addSpans(text.substring(start, end), start, spans);
            start = end;
        }
        return spans;
    }

    private void addSpans(String window, int offset, TokenSpans spans) {
        int[] unitOfCodePoint = unitOfCodePoint(window);
        for (CharSpan span : encode(window, false, encoding -> TokenizersLibrary.LIB.getTokenCharSpans(encoding))) {
            spans.add(offset + unitOfCodePoint[span.getStart()], offset + unitOfCodePoint[span.getEnd()]);
        }
    }

    /** {@code [code points + 1]}: where each begins, and the text's end. */
    private static int[] unitOfCodePoint(String text) {
        int[] units = new int[text.codePointCount(0, text.length()) + 1];
        for (int codePoint = 0, unit = 0; codePoint < units.length; codePoint++) {
            units[codePoint] = unit;
            if (unit < text.length()) {
                unit += Character.charCount(text.codePointAt(unit));
            }
        }
        return units;
    }

    /**
     * The tokens a model runs on, special tokens included and at most {@code maxTokens} of them: what is left out comes
     * from the text's end, never from the special tokens around it.
     */
    public Tokens encode(String text, int maxTokens) {
        String head = text.length() > WINDOW ? head(text, maxTokens) : text;
        return encode(head, true, encoding -> {
            TokenizersLibrary library = TokenizersLibrary.LIB;
            long[] ids = library.getTokenIds(encoding);
            long[] types = library.getTypeIds(encoding);
            if (ids.length <= maxTokens) {
                return new Tokens(ids, types, head.length() < text.length());
            }
            int after = trailing(library.getSpecialTokenMask(encoding));
            return new Tokens(cut(ids, maxTokens, after), cut(types, maxTokens, after), true);
        });
    }

    /** As many whole windows from the beginning as hold more than {@code maxTokens} tokens. */
    private String head(String text, int maxTokens) {
        int end = 0;
        for (int tokens = 0; end < text.length() && tokens <= maxTokens; ) {
            int next = windowEnd(text, end);
            tokens += countTokens(text.substring(end, next));
            end = next;
        }
        return text.substring(0, end);
    }

    private static int trailing(long[] specialTokenMask) {
        int count = 0;
        while (count < specialTokenMask.length && specialTokenMask[specialTokenMask.length - 1 - count] == 1) {
            count++;
        }
        return count;
    }

    /** The first {@code length} of the values, the last {@code after} of them taken from the end. */
    private static long[] cut(long[] values, int length, int after) {
        long[] cut = Arrays.copyOf(values, length);
        System.arraycopy(values, values.length - after, cut, length - after, after);
        return cut;
    }

    private static int windowEnd(String text, int start) {
        if (text.length() - start <= WINDOW) {
            return text.length();
        }
        int end = start + WINDOW;
        for (int i = end; i > start + WINDOW / 2; i--) {
            if (Character.isWhitespace(text.charAt(i))) {
                return i;
            }
        }
        return Character.isLowSurrogate(text.charAt(end)) && Character.isHighSurrogate(text.charAt(end - 1))
                ? end - 1
                : end;
    }

    /** Reads something from an encoding; what it returns must not refer to the encoding, which is freed after it. */
    private interface EncodingReader<T> {
        T read(long encoding);
    }

    private <T> T encode(String text, boolean specialTokens, EncodingReader<T> reader) {
        return gate.use(() -> {
            long encoding = TokenizersLibrary.LIB.encode(handle, withoutLoneSurrogates(text), specialTokens);
            try {
                return reader.read(encoding);
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        });
    }

    private static String withoutLoneSurrogates(String text) {
        StringBuilder replaced = null;
        for (int i = 0; i < text.length(); i++) {
            if (!Character.isSurrogate(text.charAt(i))) {
                continue;
            }
            if (Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                i++;
                continue;
            }
            replaced = replaced == null ? new StringBuilder(text) : replaced;
            replaced.setCharAt(i, '\uFFFD');
        }
        return replaced == null ? text : replaced.toString();
    }

    /** Waits for the calls under way and frees the vocabulary; every later call throws {@link IllegalStateException}. */
    @Override
    public void close() {
        gate.close(() -> TokenizersLibrary.LIB.deleteTokenizer(handle));
    }
}
