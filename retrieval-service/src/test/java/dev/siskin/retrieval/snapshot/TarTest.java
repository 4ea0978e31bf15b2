package dev.siskin.retrieval.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.retrieval.collection.RetrievalException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarTest {
    private static byte[] tar(String... namesAndContents) throws IOException {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndContents.length; i += 2) {
            byte[] content = namesAndContents[i + 1].getBytes(StandardCharsets.UTF_8);
            out.write(Tar.header(namesAndContents[i], content.length, 1_767_225_600));
            out.write(content);
            out.write(new byte[Tar.padding(content.length)]);
        }
        out.write(new byte[Tar.END_BLOCKS * Tar.BLOCK]);
        return out.toByteArray();
    }

    private static TarReader reader(byte[] tar) {
        return new TarReader(new ByteArrayInputStream(tar));
    }

    private static String rest(TarReader tar) throws IOException {
        var out = new ByteArrayOutputStream();
        var buffer = new byte[100];
        for (int read = tar.read(buffer); read >= 0; read = tar.read(buffer)) {
            out.write(buffer, 0, read);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** A tar whose only header was changed, its checksum made right again. */
    private static byte[] changed(Consumer<byte[]> change) throws IOException {
        byte[] tar = tar("a.b", "x");
        byte[] header = Arrays.copyOf(tar, Tar.BLOCK);
        change.accept(header);
        byte[] checksum = "%06o\0 ".formatted(Tar.checksum(header)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(checksum, 0, header, Tar.CHECKSUM, checksum.length);
        System.arraycopy(header, 0, tar, 0, Tar.BLOCK);
        return tar;
    }

    private static void assertRefused(byte[] tar, String message) {
        assertThatThrownBy(() -> {
                    TarReader reader = reader(tar);
                    while (reader.next().isPresent()) {
                        rest(reader);
                    }
                })
                .isInstanceOf(RetrievalException.class)
                .hasMessageContaining(message);
    }

    @Test
    void files_areReadAsTheyWereWritten() throws Exception {
        String blocks = "y".repeat(3 * Tar.BLOCK);
        TarReader reader = reader(tar("a.b", "x", "empty", "", "blocks", blocks));
        assertThat(reader.next()).contains(new TarReader.Entry("a.b", 1));
        assertThat(rest(reader)).isEqualTo("x");
        assertThat(reader.next()).contains(new TarReader.Entry("empty", 0));
        assertThat(rest(reader)).isEmpty();
        assertThat(reader.next()).contains(new TarReader.Entry("blocks", blocks.length()));
        assertThat(rest(reader)).isEqualTo(blocks);
        assertThat(reader.next()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, Tar.BINARY_SIZE - 1, Tar.BINARY_SIZE, Tar.BINARY_SIZE + 12_345, Long.MAX_VALUE})
    void size_ofAnyFile_isReadAsItWasWritten(long bytes) throws Exception {
        assertThat(reader(Tar.header("large.vec", bytes, 0)).next()).contains(new TarReader.Entry("large.vec", bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "3", "5", "6", "x", "g", "L", "K", "S"})
    void entry_thatIsNoRegularFile_isRefused(String type) throws Exception {
        assertRefused(changed(header -> header[Tar.TYPE] = (byte) type.charAt(0)), "regular files only");
    }

    @Test
    void header_thatIsNotOurs_isRefused() throws Exception {
        assertRefused(changed(header -> header[Tar.PREFIX] = 'x'), "without a folder");
        assertRefused(changed(header -> header[Tar.LINK] = '/'), "without a folder");
        assertRefused(changed(header -> header[Tar.MAGIC] = 'x'), "without a folder");
        assertRefused(changed(header -> header[Tar.SIZE] = '9'), "a number is missing");
        assertRefused(changed(header -> Arrays.fill(header, Tar.SIZE, Tar.SIZE + 12, (byte) 0)), "a number is missing");
        assertRefused(changed(header -> Arrays.fill(header, Tar.SIZE, Tar.SIZE + 12, (byte) 0xFF)), "negative");
        byte[] damaged = tar("a.b", "x");
        damaged[3] ^= 1;
        assertRefused(damaged, "checksum is wrong");
        assertRefused("this is no tar ".repeat(100).getBytes(StandardCharsets.US_ASCII), "this is no tar");
    }

    @Test
    void tar_cutAnywhere_isRefused() throws Exception {
        byte[] whole = tar("a.b", "x", "c", "y".repeat(700));
        for (int length = 0; length <= whole.length - Tar.END_BLOCKS * Tar.BLOCK; length += 97) {
            assertRefused(Arrays.copyOf(whole, length), "ends early");
        }
    }

    @Test
    void tar_endedByZeros_isRead_andByAnythingElse_isNot() throws Exception {
        byte[] whole = tar("a.b", "x");
        byte[] padded = Arrays.copyOf(whole, 10_240);
        TarReader reader = reader(padded);
        assertThat(reader.next()).isPresent();
        rest(reader);
        assertThat(reader.next()).isEmpty();
        padded[10_000] = 1;
        assertRefused(padded, "follows the end");
        assertRefused(Arrays.copyOf(whole, whole.length + (2 << 20)), "follows the end");
    }
}
