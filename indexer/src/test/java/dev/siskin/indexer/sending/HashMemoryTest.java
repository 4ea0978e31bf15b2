package dev.siskin.indexer.sending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.TimedReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a file is read shows in a change of its bytes that leaves its time and size as they were. */
class HashMemoryTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2024-01-01T00:00:00Z"));

    @TempDir
    Path folder;

    private final ContentHash hash =
            new ContentHash(List.of("test"), new TimedReads(new TimeAllowance(Duration.ofMinutes(5))));
    private final HashMemory memory = new HashMemory(100);
    private Path path = Path.of("");

    @BeforeEach
    void makeFile() throws Exception {
        path = folder.resolve("a.txt");
        write("first", LONG_AGO);
    }

    private void write(String text, FileTime modified) throws IOException {
        Files.writeString(path, text);
        Files.setLastModifiedTime(path, modified);
    }

    private SourceFile file() {
        return new SourceFile(path, "docs", "a.txt");
    }

    @Test
    void file_ofTheSameTimeAndSize_isNotReadAgain() throws Exception {
        String first = memory.of(file(), hash);
        assertThat(first).isEqualTo(hash.of(file()));

        write("other", LONG_AGO);

        assertThat(memory.of(file(), hash)).isEqualTo(first).isNotEqualTo(hash.of(file()));
    }

    @Test
    void file_ofAnotherTimeOrSize_isReadAgain() throws Exception {
        memory.of(file(), hash);

        write("other", FileTime.from(LONG_AGO.toInstant().plusSeconds(1)));
        assertThat(memory.of(file(), hash)).isEqualTo(hash.of(file()));

        write("longer", FileTime.from(LONG_AGO.toInstant().plusSeconds(1)));
        assertThat(memory.of(file(), hash)).isEqualTo(hash.of(file()));
    }

    @Test
    void file_writtenToJustNow_isReadAgain() throws Exception {
        FileTime soon = FileTime.from(Instant.now().plusSeconds(60));
        write("first", soon);
        memory.of(file(), hash);

        write("other", soon);

        assertThat(memory.of(file(), hash)).isEqualTo(hash.of(file()));
    }

    @Test
    void copyOfThisRun_isReadAgain() throws Exception {
        var copy = new SourceFile(path, "docs", "all.zip/a.txt", Optional.empty(), true, Optional.empty());
        memory.of(copy, hash);

        write("other", LONG_AGO);

        assertThat(memory.of(copy, hash)).isEqualTo(hash.of(copy));
    }

    @Test
    void fileWithMetadataBesideIt_isReadAgain() throws Exception {
        Path sidecar = Files.writeString(folder.resolve("a.txt.metadata.json"), "{\"year\":2020}");
        String first = memory.of(file(), hash);

        Files.writeString(sidecar, "{\"year\":2021}");

        assertThat(memory.of(file(), hash)).isNotEqualTo(first).isEqualTo(hash.of(file()));
    }

    @Test
    void fileThatIsForgotten_leavesItsRoomToAnother() throws Exception {
        var small = new HashMemory(1);
        small.of(file(), hash);
        var other = new SourceFile(path, "docs", "b.txt");

        small.retain(id -> !id.equals(file().id()));
        String first = small.of(other, hash);
        write("other", LONG_AGO);

        assertThat(small.of(other, hash)).isEqualTo(first).isNotEqualTo(hash.of(other));
    }

    @Test
    void fileThatIsGone_isNotAnsweredFromMemory() throws Exception {
        memory.of(file(), hash);
        Files.delete(path);

        assertThatThrownBy(() -> memory.of(file(), hash)).isInstanceOf(IOException.class);
    }
}
