package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentPage;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails at random moments, and nothing is left but what was synced: of Lucene's files and of our own. What was
 * acknowledged before must be there, and what was under way as a whole or not at all.
 */
@EnabledOnOs({OS.LINUX, OS.MAC}) // files are told by their inodes
class PowerLossTest {
    private static final int OPERATIONS = Integer.getInteger("siskin.power.operations", 60);
    private static final double FAILURES_A_SYNC = 0.05;
    private static final ModelFingerprint MODEL =
            new ModelFingerprint(ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", 2, 512, true, List.of());

    @TempDir
    Path folder;

    private final long seed = Long.getLong("siskin.power.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final List<Failure> failures = new ArrayList<>();
    private final Random moments = new Random(seed + 1);
    private Map<String, Map<String, String>> acknowledged = Map.of();
    private Map<String, Map<String, String>> underWay = Map.of();
    private Map<String, Long> generations = Map.of();

    /** What the disk kept, and what may be on it: content hashes by id by collection. */
    private record Failure(
            Path disk,
            Map<String, Map<String, String>> before,
            Map<String, Map<String, String>> after,
            Map<String, Long> generations) {}

    @Test
    void powerLoss_atAnyMoment_losesNothingAcknowledged() throws Exception {
        Path root = java.nio.file.Files.createDirectory(folder.resolve("data"));
        var disks = new ArrayList<UnsyncedDisk>();
        disks.add(new UnsyncedDisk(root, () -> failNowAndThen(disks.getFirst())));
        UnsyncedDisk disk = disks.getFirst();
        ScopedValue.where(DurableFiles.SYNCING, disk).call(() -> {
            try (Collections collections = Collections.open(root, disk::directory)) {
                for (int i = 0; i < OPERATIONS; i++) {
                    operate(collections);
                    fail(disk);
                }
            }
            return disk;
        });
        assertThat(failures).hasSizeGreaterThan(OPERATIONS);
        for (Failure failure : failures) {
            assertNothingIsLost(failure);
        }
    }

    private void failNowAndThen(UnsyncedDisk disk) {
        synchronized (failures) {
            if (moments.nextDouble() < FAILURES_A_SYNC) {
                fail(disk);
            }
        }
    }

    private void fail(UnsyncedDisk disk) {
        synchronized (failures) {
            Path survivors = folder.resolve("failure-" + failures.size());
            try {
                disk.survivors(survivors);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            failures.add(new Failure(survivors, acknowledged, underWay, generations));
        }
    }

    private void begin(Map<String, Map<String, String>> after) {
        synchronized (failures) {
            underWay = after;
        }
    }

    private void acknowledge(Collections collections) {
        synchronized (failures) {
            acknowledged = underWay;
            generations = collections.generations("default");
        }
    }

    private void operate(Collections collections) throws IOException {
        String name = "c" + random.nextInt(2);
        var key = new CollectionKey("default", name);
        var after = new TreeMap<>(acknowledged);
        Map<String, String> documents = acknowledged.get(name);
        if (documents == null) {
            after.put(name, Map.of());
            begin(after);
            assertThat(collections.create(key, manifest(name))).isTrue();
        } else if (random.nextInt(30) == 0) {
            after.remove(name);
            begin(after);
            assertThat(collections.delete(key)).isTrue();
        } else {
            var changed = new TreeMap<>(documents);
            WriteBatch batch = collections.get(key).begin();
            String id = "d" + random.nextInt(50);
            String hash = "h" + random.nextInt();
            if (random.nextInt(4) == 0) {
                changed.remove(id);
                batch.delete(id);
            } else if (random.nextInt(3) == 0) {
                changed.put(id, hash);
                putInParts(collections.get(key), batch, id, hash);
            } else {
                changed.put(id, hash);
                batch.put(document(id, hash, 0));
            }
            after.put(name, changed);
            begin(after);
            batch.commit();
        }
        acknowledge(collections);
    }

    private static void putInParts(Collection collection, WriteBatch last, String id, String hash) {
        WriteBatch first = collection.begin();
        first.put(document(id, hash, 0), line(id, hash, 0, true));
        first.commit();
        last.put(document(id, hash, 10), line(id, hash, 10, false));
    }

    private static CollectionManifest manifest(String name) {
        return CollectionManifest.of(
                name, new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH);
    }

    private static Document sent(String id, String hash, int start, boolean more) {
        var chunk = new Chunk("finch", null, null, null, start, start + 5, new float[] {1, 2});
        return new Document(id, null, null, hash, Map.of(), List.of(chunk), more);
    }

    private static PreparedDocument document(String id, String hash, int start) {
        return PreparedDocument.of(sent(id, hash, start, false), 2, _ -> new float[2]);
    }

    private static DocumentLine line(String id, String hash, int start, boolean more) {
        return DocumentLine.of(sent(id, hash, start, more));
    }

    private void assertNothingIsLost(Failure failure) throws Exception {
        String when = "seed " + seed + ", " + failure.disk().getFileName();
        try (Collections collections = Collections.open(failure.disk())) {
            var found = new TreeMap<String, Map<String, String>>();
            for (String name : collections.generations("default").keySet()) {
                found.put(name, documents(collections.get(new CollectionKey("default", name))));
            }
            assertThat(found).as(when).isIn(failure.before(), failure.after());
            collections
                    .generations("default")
                    .forEach((name, generation) -> assertThat(generation)
                            .as(when)
                            .isGreaterThanOrEqualTo(failure.generations().getOrDefault(name, 0L)));
        }
    }

    private static Map<String, String> documents(Collection collection) throws IOException {
        var documents = new TreeMap<String, String>();
        try (Snapshot snapshot = collection.snapshot()) {
            for (DocumentPage.Entry entry :
                    new StoredDocuments(snapshot).page(null, 1000, "").documents()) {
                documents.put(entry.id(), String.valueOf(entry.contentHash()));
            }
        }
        return documents;
    }
}
