package dev.siskin.retrieval.collection;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.siskin.retrieval.TestService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is really full: a small file system in memory, where this machine lets us mount one. */
class FullDiskTest {
    /** Some of it for writes and merges, the rest for what merges leave free. */
    private static final int DISK_MIB = 12 + (int) (HeapBoundMerges.RESERVE_BYTES >> 20);

    @TempDir
    Path folder;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "tmpfs", disk.toString()),
                "no file system can be mounted here: only root may, on Linux");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-l", disk.toString());
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private static String document(int number) {
        return line(
                "d" + number, "h" + number, "{}", Map.of("finch " + "seed ".repeat(2000) + number, at(number % 90)));
    }

    /** Writes until the disk is full; the documents that were answered for. */
    private static List<String> fill(TestService service) {
        var stored = new ArrayList<String>();
        while (true) {
            var lines = new ArrayList<String>();
            for (int i = 0; i < 20; i++) {
                lines.add(document(stored.size() + i));
            }
            TestService.Answer answer = service.upsert("docs", lines.toArray(String[]::new));
            if (answer.status() != 200) {
                assertThat(answer.status()).as(answer.body()).isEqualTo(507);
                return stored;
            }
            for (int i = 0; i < 20; i++) {
                stored.add("d" + stored.size());
            }
        }
    }

    private static void assertStored(TestService service, List<String> ids) {
        var listed = new ArrayList<String>();
        String cursor = "";
        do {
            var page = service.get("/v1/collections/docs/documents?limit=1000" + cursor)
                    .json();
            page.path("documents").forEach(entry -> listed.add(entry.path("id").asText()));
            cursor =
                    page.hasNonNull("cursor") ? "&cursor=" + page.path("cursor").asText() : "";
        } while (!cursor.isEmpty());
        assertThat(listed).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void diskFull_whileWritingAndMerging_isRefusedLosesNothingAndGoesOn() throws Exception {
        Path ballast = disk.resolve("ballast");
        Files.write(ballast, new byte[2 << 20]);
        List<String> stored;
        try (TestService service = TestService.on(disk, Map.of("retrieval.disk.reserve", "0"))) {
            assertThat(service.put("/v1/collections/docs", "{}").status()).isEqualTo(201);
            // Every request is a segment, so that merges run into the full disk as writes do.
            stored = fill(service);
            assertThat(stored).isNotEmpty();
            assertStored(service, stored);
            Files.delete(ballast);
            String after = document(1_000_000);
            assertThat(service.upsert("docs", after).status()).isEqualTo(200);
            stored.add("d1000000");
            assertStored(service, stored);
        }
        try (TestService again = TestService.on(disk, Map.of("retrieval.disk.reserve", "0"))) {
            assertStored(again, stored);
        }
    }

    @Test
    void merge_thatTheDiskHasNoRoomFor_waitsForRoom() throws Exception {
        try (TestService service = TestService.on(disk, Map.of("retrieval.disk.reserve", "0"))) {
            assertThat(service.put("/v1/collections/docs", "{}").status()).isEqualTo(201);
            Path ballast = disk.resolve("ballast");
            Files.write(ballast, new byte[(DISK_MIB - 16) << 20]);
            for (int i = 0; i < 40; i++) {
                assertThat(service.upsert("docs", document(i)).status()).isEqualTo(200);
            }
            assertThat(segments(service)).isEqualTo(40);
            Files.delete(ballast);
            service.upsert("docs", document(40));
            long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            while (segments(service) > 40 && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            assertThat(segments(service)).isLessThan(40);
        }
    }

    private static int segments(TestService service) {
        return service.get("/v1/collections/docs").json().path("segments").asInt();
    }
}
