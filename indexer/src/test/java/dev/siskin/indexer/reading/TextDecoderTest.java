package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextDecoderTest {
    private static final String FRENCH = "Les élèves français étaient très étonnés de voir la forêt brûler cet été. ";

    @ParameterizedTest
    @CsvSource({"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "windows-1252", "ISO-8859-1"})
    void text_inAnyOfThese_isDecoded(String charset) {
        String text = FRENCH.repeat(5);

        assertThat(TextDecoder.decode(text.getBytes(Charset.forName(charset)))).contains(text);
    }

    @Test
    void text_inRussianAndJapaneseEncodings_isDecoded() {
        String russian =
                "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью. "
                        .repeat(5);
        String japanese = "いろはにほへと、散りぬるを。我が世誰ぞ常ならむ。".repeat(5);

        assertThat(TextDecoder.decode(russian.getBytes(Charset.forName("windows-1251"))))
                .contains(russian);
        assertThat(TextDecoder.decode(japanese.getBytes(Charset.forName("Shift_JIS"))))
                .contains(japanese);
    }

    @Test
    void byteOrderMark_isNotPartOfTheText() {
        assertThat(TextDecoder.decode("\ufeffabc".getBytes(StandardCharsets.UTF_8)))
                .contains("abc");
        assertThat(TextDecoder.decode("\ufeffabc".getBytes(StandardCharsets.UTF_16LE)))
                .contains("abc");
    }

    @Test
    void bytes_thatAreNoText_areRefused() {
        byte[] noise = new byte[4096];
        new Random(7).nextBytes(noise);

        assertThat(TextDecoder.decode(noise)).isEmpty();
    }
}
