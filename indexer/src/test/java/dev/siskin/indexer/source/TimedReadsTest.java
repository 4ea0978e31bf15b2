package dev.siskin.indexer.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimedReadsTest {
    private static final TimedReads PATIENT = new TimedReads(new TimeAllowance(Duration.ofMinutes(5)));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 300_000})
    void file_isReadToItsEnd(int bytes) throws Exception {
        var content = new byte[bytes];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("a.txt"), content);

        try (InputStream in = PATIENT.open(file, bytes)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
            assertThat(in.read()).isNegative();
        }
        try (InputStream in = PATIENT.open(file, bytes)) {
            assertThat(in.read()).isEqualTo(bytes == 0 ? -1 : Byte.toUnsignedInt(content[0]));
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,10", "7,65534", "7,65535", "7,65536", "7,200000", "299990,10", "299990,20"})
    void partOfAFile_isReadToItsEnd(int offset, int bytes) throws Exception {
        var content = new byte[300_000];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("a.jsonl"), content);

        try (InputStream in = PATIENT.openPart(file, offset, bytes)) {
            assertThat(in.readAllBytes())
                    .isEqualTo(Arrays.copyOfRange(content, offset, Math.min(content.length, offset + bytes)));
            assertThat(in.read()).isNegative();
        }
    }

    @Test
    void file_thatIsNotThere_isSaidToBeGone() {
        assertThatThrownBy(() -> PATIENT.open(folder.resolve("none"), 1).read())
                .isInstanceOf(NoSuchFileException.class);
    }

    /** A pipe into which nobody writes is as quiet as a file of a server that is away. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void file_thatDoesNotAnswer_isGivenUp() throws Exception {
        Path quiet = folder.resolve("quiet");
        assertThat(new ProcessBuilder("mkfifo", quiet.toString()).start().waitFor())
                .isZero();

        var reads = new TimedReads(new TimeAllowance(Duration.ofMillis(20)));
        var record = new JsonRecord(100, 10, RecordFields.DEFAULTS);

        assertThatThrownBy(() -> reads.open(quiet, 1).readAllBytes())
                .isInstanceOf(TimedReads.TooSlowException.class)
                .hasMessageContaining("did not end within");
        assertThatThrownBy(() -> record.open(quiet, reads).readAllBytes())
                .isInstanceOf(TimedReads.TooSlowException.class);
        assertThatThrownBy(() -> JsonLines.walk(
                        new SourceFile(quiet, "docs", "quiet"), RecordFields.DEFAULTS, reads, new JsonLines.Visitor() {
                            @Override
                            public boolean record(SourceFile found) {
                                return true;
                            }

                            @Override
                            public void noRecord(String where, String reason, String remedy) {}
                        }))
                .isInstanceOf(TimedReads.TooSlowException.class);
    }
}
