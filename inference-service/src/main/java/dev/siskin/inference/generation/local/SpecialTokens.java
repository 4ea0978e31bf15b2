package dev.siskin.inference.generation.local;

import dev.siskin.runtime.AddedTokens;
import dev.siskin.runtime.Tokenizer;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A vocabulary's marks: special tokens, and what looks like one ({@code <think>}, {@code [TOOL]}) though the folder calls
 * it plain. A tokenizer takes them for marks wherever they stand, so text of strangers is changed before it becomes part
 * of a prompt: none of its tokens is a mark then. Thread-safe.
 */
final class SpecialTokens {
    /** What no mark is made of. */
    private static final Pattern OTHER_THAN_WORDS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}\\s.,;:!?'\"()/-]");

    private final Tokenizer tokenizer;
    private final Map<Integer, List<String>> marksByFirst;
    private final Set<Integer> markIds;
    private final Set<Integer> silentIds;

    SpecialTokens(Tokenizer tokenizer, AddedTokens added) {
        this.tokenizer = tokenizer;
        List<AddedTokens.Token> marks =
                added.tokens().stream().filter(SpecialTokens::isMark).toList();
        this.marksByFirst =
                marks.stream().map(AddedTokens.Token::text).collect(Collectors.groupingBy(mark -> mark.codePointAt(0)));
        this.markIds = marks.stream().map(AddedTokens.Token::id).collect(Collectors.toUnmodifiableSet());
        this.silentIds = marks.stream()
                .filter(AddedTokens.Token::special)
                .map(AddedTokens.Token::id)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isMark(AddedTokens.Token token) {
        return token.special() || token.text().startsWith("<") || token.text().startsWith("[");
    }

    /** Whether a token carries no text of an answer. */
    boolean isSilent(int token) {
        return silentIds.contains(token);
    }

    /**
     * A text whose tokens hold no mark: a space goes behind the first character of each. Should a tokenizer that rewrites
     * texts still find one, all but words and their punctuation goes.
     */
    String harmless(String text) {
        String spaced = spaced(text);
        if (!holdsMark(spaced)) {
            return spaced;
        }
        String words = OTHER_THAN_WORDS
                .matcher(Normalizer.normalize(text, Normalizer.Form.NFKC))
                .replaceAll(" ");
        if (holdsMark(words)) {
            throw new IllegalStateException("the tokenizer makes marks of plain words");
        }
        return words;
    }

    /** A mark of one character becomes a space. */
    private String spaced(String text) {
        var spaced = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int from = i;
            int first = text.codePointAt(from);
            i += Character.charCount(first);
            List<String> marks = marksByFirst.getOrDefault(first, List.of());
            if (marks.stream().noneMatch(mark -> text.startsWith(mark, from))) {
                spaced.appendCodePoint(first);
            } else if (marks.contains(Character.toString(first))) {
                spaced.append(' ');
            } else {
                spaced.appendCodePoint(first).append(' ');
            }
        }
        return spaced.toString();
    }

    private boolean holdsMark(String text) {
        return Arrays.stream(tokenizer.encodeWithSpecials(text)).anyMatch(markIds::contains);
    }
}
