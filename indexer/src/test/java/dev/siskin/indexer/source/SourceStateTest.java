package dev.siskin.indexer.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceStateTest {
    private static final FileTime TIME = FileTime.fromMillis(1_700_000_000_000L);

    @TempDir
    Path folder;

    private final Spool spool = new Spool(1 << 20);
    private long before;

    @BeforeEach
    void makeFiles() throws Exception {
        write("a.txt", "text", TIME);
        write("deep/b.txt", "text", TIME);
        write("c.txt", "text", TIME);
        write("c.txt.metadata.json", "{\"year\":2020}", TIME);
        before = state();
    }

    @AfterEach
    void close() {
        spool.close();
    }

    private void write(String path, String text, FileTime modified) throws Exception {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, modified);
    }

    private long state(Path... paths) throws Exception {
        return SourceState.of(Sources.of(
                paths.length == 0 ? List.of(folder) : List.of(paths),
                Optional.of("docs"),
                FileSelection.of(List.of(), List.of("*.log")),
                new Unpacking(spool, 1 << 20, new TimeAllowance(Duration.ofMinutes(5)), Optional.empty())));
    }

    @Test
    void state_staysWithTheFiles() throws Exception {
        assertThat(state()).isEqualTo(before);
        write("a.txt", "TEXT", TIME);
        assertThat(state()).as("nothing is opened").isEqualTo(before);
        write("left-out.log", "text", TIME);
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void state_changesWithATimeASizeAndANameEach() throws Exception {
        write("a.txt", "text", FileTime.fromMillis(TIME.toMillis() + 1));
        assertThat(state()).isNotEqualTo(before);

        write("a.txt", "longer text", TIME);
        assertThat(state()).isNotEqualTo(before);

        write("a.txt", "text", TIME);
        assertThat(state()).isEqualTo(before);
        Files.move(folder.resolve("a.txt"), folder.resolve("z.txt"));
        assertThat(state()).isNotEqualTo(before);
    }

    @Test
    void state_changesWithAFileMoreOrLess() throws Exception {
        write("deep/new.txt", "text", TIME);
        assertThat(state()).isNotEqualTo(before);
        Files.delete(folder.resolve("deep/new.txt"));
        assertThat(state()).isEqualTo(before);
        Files.delete(folder.resolve("deep/b.txt"));
        assertThat(state()).isNotEqualTo(before);
    }

    @Test
    void state_changesWithTheMetadataBesideAFile() throws Exception {
        write("c.txt.metadata.json", "{\"year\":2020, \"team\":\"x\"}", TIME);
        assertThat(state()).isNotEqualTo(before);
    }

    @Test
    void archive_isAFileLikeOthers_notLookedInto() throws Exception {
        write("broken.zip", "no archive", TIME);
        long withArchive = state();
        assertThat(withArchive).isNotEqualTo(before);
        write("broken.zip", "not one either", TIME);
        assertThat(state()).isNotEqualTo(withArchive);
    }

    @Test
    void linkToNothing_counts_andChangesWhenItLeadsSomewhere() throws Exception {
        Path target = folder.resolve("target.log");
        Files.createSymbolicLink(folder.resolve("link.txt"), target);
        long broken = state();
        assertThat(broken).isNotEqualTo(before);

        write("target.log", "text", TIME);
        assertThat(state()).isNotEqualTo(broken);
    }

    @Test
    void order_doesNotMatter() throws Exception {
        Path a = folder.resolve("a.txt");
        Path c = folder.resolve("c.txt");
        assertThat(state(a, c)).isEqualTo(state(c, a)).isNotEqualTo(state(a));
    }
}
