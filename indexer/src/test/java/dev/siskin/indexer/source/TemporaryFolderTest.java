package dev.siskin.indexer.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The folders of other processes are made by hand, beside those of this one. */
class TemporaryFolderTest {
    private Optional<Path> made = Optional.empty();

    private Path makeOther() throws Exception {
        Path other = Files.createTempDirectory("siskin-indexer-other-");
        made = Optional.of(other);
        Files.writeString(other.resolve("0"), "unpacked");
        return other;
    }

    @AfterEach
    void removeOther() throws Exception {
        if (made.isPresent()) {
            Files.deleteIfExists(made.get().resolve("0"));
            Files.deleteIfExists(made.get().resolve("lock"));
            Files.deleteIfExists(made.get());
        }
    }

    @Test
    void close_removesAllOfIt_andNoOtherFolderOfThisProcess() throws Exception {
        try (TemporaryFolder first = TemporaryFolder.make("indexer")) {
            Path gone;
            try (TemporaryFolder second = TemporaryFolder.make("parser")) {
                gone = second.path();
                Files.createDirectories(gone.resolve("a/b"));
                Files.writeString(gone.resolve("a/b/c"), "text");
            }
            assertThat(gone).doesNotExist();
            assertThat(first.path()).isDirectory();
        }
    }

    @Test
    void folder_ofAProcessThatIsGone_isRemovedByTheNext() throws Exception {
        Path other = makeOther();
        Files.createFile(other.resolve("lock"));

        TemporaryFolder.make("indexer").close();

        assertThat(other).doesNotExist();
    }

    @Test
    void folder_whoseLockIsHeldByAnotherProcess_isLeftAlone() throws Exception {
        Path other = makeOther();
        Path lock = Files.createFile(other.resolve("lock"));
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        lock.toString())
                .start();
        try {
            assertThat(holder.getInputStream().read()).as("says that it has it").isEqualTo('!');

            TemporaryFolder.make("parser").close();
            assertThat(other.resolve("0")).exists();
        } finally {
            holder.destroyForcibly();
            assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        TemporaryFolder.make("parser").close();
        assertThat(other).doesNotExist();
    }

    @Test
    void folder_thatIsBeingMade_isLeftAlone_andRemovedWhenThatNeverEnded() throws Exception {
        Path other = makeOther();
        Files.delete(other.resolve("0"));
        TemporaryFolder.make("indexer").close();
        assertThat(other).exists();

        Files.setLastModifiedTime(other, FileTime.fromMillis(0));
        TemporaryFolder.make("indexer").close();
        assertThat(other).doesNotExist();
    }

    /** Another process that holds a lock until it is killed. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            try (FileChannel lock = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
                lock.lock();
                System.out.print('!');
                System.out.flush();
                System.in.read();
            }
        }
    }
}
