package dev.siskin.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class KeyRingTest {
    private Path path;
    private KeyFile file;

    @BeforeEach
    void name(@TempDir Path folder) {
        path = folder.resolve("keys.json");
        file = new KeyFile(path);
    }

    /** A new key. */
    private String key(String id) {
        return file.create(id, "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, null)
                .key();
    }

    @Test
    void create_key_isFoundByTheRingAndNeverStored() throws Exception {
        KeyFile.Created created = file.create("ci", "acme", Set.of(Scope.QUERY), ServiceTier.PREMIUM, 60);
        assertThat(Files.readString(path)).doesNotContain(created.key()).contains(KeyFile.digest(created.key()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        KeyRing ring = KeyRing.load(path);
        assertThat(ring.find(created.key())).hasValueSatisfying(key -> {
            assertThat(key.tenant()).isEqualTo("acme");
            assertThat(key.tier()).isEqualTo(ServiceTier.PREMIUM);
            assertThat(key.ratePerMinute()).isEqualTo(60);
        });
        assertThat(ring.find(created.key() + "x")).isEmpty();
        assertThat(ring.find("")).isEmpty();
    }

    @Test
    @Timeout(20)
    void ring_fileChanged_followsWithoutARestart() throws Exception {
        String first = key("one");
        KeyRing ring = KeyRing.load(path);
        String second = key("two");
        Files.setLastModifiedTime(path, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        while (ring.find(second).isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(file.revoke("one")).isTrue();
        Files.setLastModifiedTime(path, FileTime.fromMillis(System.currentTimeMillis() + 10_000));
        while (ring.find(first).isPresent()) {
            Thread.onSpinWait();
        }
        assertThat(ring.find(second)).isPresent();
    }

    @Test
    void create_concurrently_losesNoKey() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<KeyFile.Created>> creations = IntStream.range(0, 12)
                    .<Callable<KeyFile.Created>>mapToObj(number -> () -> new KeyFile(path)
                            .create("k" + number, "acme", Set.of(Scope.QUERY), ServiceTier.STANDARD, null))
                    .toList();
            for (Future<KeyFile.Created> created : threads.invokeAll(creations)) {
                assertThat(created.get().key()).startsWith("sk-siskin-");
            }
        }
        assertThat(file.read()).hasSize(12);
    }

    @Test
    void read_brokenFile_saysWhatIsWrong() throws Exception {
        Files.writeString(path, "{\"version\":1,\"keys\":[{\"id\":\"a\"}]}");
        assertThatThrownBy(file::read)
                .isInstanceOf(InvalidKeyFileException.class)
                .hasMessageContaining("keys[0]");
        Files.writeString(path, "{\"version\":2,\"keys\":[]}");
        assertThatThrownBy(file::read).hasMessageContaining("version 1");
        Files.writeString(path, "{\"version\":1,\"keys\":[null]}");
        assertThatThrownBy(file::read)
                .isInstanceOf(InvalidKeyFileException.class)
                .hasMessageContaining("null");
        Files.writeString(path, "nonsense");
        assertThatThrownBy(file::read).hasMessageContaining("malformed JSON");
    }

    @Test
    void create_takenId_isRefused() {
        assertThat(key("a")).isNotBlank();
        assertThatThrownBy(() -> key("a")).hasMessageContaining("id=a");
        assertThatThrownBy(() -> key("B!")).hasMessageContaining("id=B!");
    }

    @Test
    @Timeout(20)
    void ring_fileBroken_keepsItsKeysSaysSoAndRecovers() throws Exception {
        String key = key("one");
        KeyRing ring = KeyRing.load(path);
        byte[] good = Files.readAllBytes(path);
        FileTime broken = FileTime.fromMillis(System.currentTimeMillis() + 5_000);

        Files.writeString(path, "{\"version\":1,\"keys\":[");
        Files.setLastModifiedTime(path, broken);
        awaitStale(ring, true);
        assertThat(ring.find(key)).isPresent();

        // the same time as the broken content had: what could not be read is not taken for read
        Files.write(path, good);
        Files.setLastModifiedTime(path, broken);
        awaitStale(ring, false);
        assertThat(ring.find(key)).isPresent();

        Files.delete(path);
        awaitStale(ring, true);
        assertThat(ring.find(key)).isPresent();
    }

    /** A clock that was set back, or a copy that kept its time: what differs is read, not what is newer. */
    @Test
    @Timeout(20)
    void ring_fileOfEarlier_isReadToo() throws Exception {
        String first = key("one");
        KeyRing ring = KeyRing.load(path);
        String second = key("two");
        Files.setLastModifiedTime(path, FileTime.fromMillis(0));

        while (ring.find(second).isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(ring.find(first)).isPresent();
    }

    private static void awaitStale(KeyRing ring, boolean stale) {
        while (ring.isStale() != stale) {
            Thread.onSpinWait();
        }
    }
}
