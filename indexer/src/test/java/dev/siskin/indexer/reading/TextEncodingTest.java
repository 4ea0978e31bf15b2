package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextEncodingTest {
    @TempDir
    Path folder;

    private Optional<String> decode(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("text"), bytes);
        Optional<TextEncoding> encoding = TextEncoding.of(Files.newInputStream(file));
        if (encoding.isEmpty()) {
            return Optional.empty();
        }
        try (Reader reader = encoding.get().open(Files.newInputStream(file))) {
            return Optional.of(reader.readAllAsString());
        }
    }

    private static final String FRENCH = "Les élèves français étaient très étonnés de voir la forêt brûler cet été. ";

    @ParameterizedTest
    @CsvSource({"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "windows-1252", "ISO-8859-1"})
    void text_inAnyOfThese_isDecoded(String charset) throws IOException {
        String text = FRENCH.repeat(5);

        assertThat(decode(text.getBytes(Charset.forName(charset)))).contains(text);
    }

    @Test
    void text_inRussianAndJapaneseEncodings_isDecoded() throws IOException {
        String russian =
                "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью. "
                        .repeat(5);
        String japanese = "いろはにほへと、散りぬるを。我が世誰ぞ常ならむ。".repeat(5);

        assertThat(decode(russian.getBytes(Charset.forName("windows-1251")))).contains(russian);
        assertThat(decode(japanese.getBytes(Charset.forName("Shift_JIS")))).contains(japanese);
    }

    @Test
    void byteOrderMark_isNotPartOfTheText() throws IOException {
        assertThat(decode("\ufeffabc".getBytes(StandardCharsets.UTF_8))).contains("abc");
        assertThat(decode("\ufeffabc".getBytes(StandardCharsets.UTF_16LE))).contains("abc");
    }

    @Test
    void bytes_thatAreNoText_areRefused() throws IOException {
        byte[] noise = new byte[4096];
        new Random(7).nextBytes(noise);

        assertThat(decode(noise)).isEmpty();
    }

    @Test
    void utf8_withCharactersAcrossBuffers_isUtf8_andOneWrongByteAtTheEndIsSeen() throws IOException {
        String text = "a" + "é🎉漢".repeat(60_000);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] spoilt = java.util.Arrays.copyOf(utf8, utf8.length + 1);
        spoilt[utf8.length] = (byte) 0xC3;

        assertThat(decode(utf8)).contains(text);
        assertThat(decode(spoilt)).isPresent().get().isNotEqualTo(text);
    }
}
