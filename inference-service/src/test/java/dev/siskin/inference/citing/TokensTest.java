package dev.siskin.inference.citing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tokens are those of these expressions, at every place where one may begin, in texts put together at random. */
final class TokensTest {
    private static final Pattern LINK = Pattern.compile("https?://[^\\s()<>\\[\\]\"'`]+");
    private static final Pattern OPTION = Pattern.compile("(?<![\\p{L}\\p{N}_-])--?[A-Za-z][A-Za-z0-9-]*");
    private static final Pattern NUMBER = Pattern.compile("\\p{Nd}++(?:[.,:]\\p{Nd}++)*+");
    private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{M}\\p{Nd}]*(?:['’]\\p{L}+)?");

    private static final List<String> PARTS = List.of(
            "word",
            "don't",
            "it’s",
            "s'",
            "é",
            "e\u0301",
            "漢字",
            "𝐱",
            "\ud835",
            "\udc31",
            "Ⅷ",
            "½",
            "_",
            "7",
            "٣",
            "𝟘",
            "3.14",
            "1,000",
            "12:30",
            ".",
            ",",
            ":",
            "-",
            "--",
            "--all",
            "-v",
            "x-y",
            "http://a.b/c",
            "https://",
            "http",
            "h",
            "(",
            ")",
            "'",
            "’",
            "`",
            "\"",
            " ",
            "\n");

    @Test
    void ends_areThoseOfTheExpressions() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            String text = text(random);
            var tokens = new Tokens(text);
            for (int at = 0; at < text.length(); at++) {
                if (text.charAt(at) == 'h') {
                    check(LINK, text, at, tokens::linkEnd, seed);
                }
                if (text.charAt(at) == '-') {
                    check(OPTION, text, at, tokens::optionEnd, seed);
                }
                check(NUMBER, text, at, start -> tokens.isDigit(start) ? tokens.numberEnd(start) : start, seed);
                check(WORD, text, at, start -> tokens.isLetter(start) ? tokens.wordEnd(start) : start, seed);
            }
        }
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int part = random.nextInt(12); part >= 0; part--) {
            text.append(PARTS.get(random.nextInt(PARTS.size())));
        }
        return text.toString();
    }

    private static void check(Pattern token, String text, int at, IntUnaryOperator end, long seed) {
        Matcher matcher = token.matcher(text).region(at, text.length()).useTransparentBounds(true);
        assertThat(end.applyAsInt(at))
                .as("%s at %d of \"%s\", seed %d", token, at, text, seed)
                .isEqualTo(matcher.lookingAt() ? matcher.end() : at);
    }
}
