package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Chunk;
import dev.siskin.api.Document;
import dev.siskin.api.DocumentResult.Status;
import dev.siskin.api.Quantization;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriterFailureTest {
    private static final CollectionKey KEY = new CollectionKey("default", "docs");
    private static final ModelFingerprint MODEL =
            new ModelFingerprint(ModelFingerprint.VERSION, "m", "a", "b", Pooling.CLS, "", "", 2, 512, true, List.of());

    /** Files that may still be created before the disk is full. */
    private final AtomicInteger room = new AtomicInteger(Integer.MAX_VALUE);

    @TempDir
    Path data;

    @BeforeEach
    void haveRoom() {
        room.set(Integer.MAX_VALUE);
    }

    private final class SmallDisk extends FilterDirectory {
        SmallDisk(Path folder) throws IOException {
            super(new MMapDirectory(folder));
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            if (room.getAndDecrement() <= 0) {
                throw new IOException("No space left on device");
            }
            return super.createOutput(name, context);
        }
    }

    private Collections open() throws IOException {
        return Collections.open(data, folder -> {
            try {
                return new SmallDisk(folder);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }

    private static CollectionManifest manifest() {
        return CollectionManifest.of(
                "docs", new CollectionManifest.Spec("m", Quantization.INT4, "en"), MODEL, Instant.EPOCH);
    }

    private static PreparedDocument document(String id) {
        var chunk = new Chunk("finch", null, null, null, 0, 5, new float[] {1, 2});
        var document = new Document(id, null, null, "h" + id, Map.of(), List.of(chunk), null);
        return PreparedDocument.of(document, 2, text -> new float[2]);
    }

    private static void write(Collection collection, String id) {
        WriteBatch batch = collection.begin();
        batch.put(document(id));
        batch.commit();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 6, 9, 12, 15})
    void write_onAFullDisk_isRefusedAndLosesNothing(int filesLeft) throws Exception {
        try (Collections collections = open()) {
            collections.create(KEY, manifest());
            Collection collection = collections.get(KEY);
            write(collection, "before");
            room.set(filesLeft);
            assertThatThrownBy(() -> write(collection, "refused"))
                    .isInstanceOfSatisfying(
                            RetrievalException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(RetrievalException.Kind.DISK_FULL));
            assertThat(collection.generation()).isEqualTo(2);

            room.set(Integer.MAX_VALUE);
            write(collection, "after");
            assertThat(collection.generation()).isEqualTo(3);
        }
        try (Collections again = open();
                Snapshot snapshot = again.get(KEY).snapshot()) {
            assertThat(snapshot.generation()).isEqualTo(3);
            assertThat(snapshot.find("before")).isPresent();
            assertThat(snapshot.find("refused")).isEmpty();
            assertThat(snapshot.find("after")).isPresent();
        }
    }

    @Test
    void batch_ofASessionThatFailed_isNotAcknowledged() throws Exception {
        try (Collections collections = open()) {
            collections.create(KEY, manifest());
            Collection collection = collections.get(KEY);
            WriteBatch bystander = collection.begin();
            bystander.put(document("bystander"));
            room.set(0);
            assertThatThrownBy(() -> write(collection, "refused")).isInstanceOf(RetrievalException.class);
            room.set(Integer.MAX_VALUE);
            assertThatThrownBy(bystander::commit).isInstanceOf(RetrievalException.class);
            write(collection, "after");
            try (Snapshot snapshot = collection.snapshot()) {
                assertThat(snapshot.documents()).isEqualTo(1);
            }
        }
    }

    @Test
    void create_onAFullDisk_leavesNothing() throws Exception {
        try (Collections collections = open()) {
            room.set(0);
            assertThatThrownBy(() -> collections.create(KEY, manifest()))
                    .isInstanceOfSatisfying(
                            RetrievalException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(RetrievalException.Kind.DISK_FULL));
            assertThat(collections.manifest(KEY)).isEmpty();
            room.set(Integer.MAX_VALUE);
            assertThat(collections.create(KEY, manifest())).isTrue();
        }
    }

    @Test
    void batches_thatWaitTogether_shareACommit() throws Exception {
        try (Collections collections = open()) {
            collections.create(KEY, manifest());
            Collection collection = collections.get(KEY);
            WriteBatch first = collection.begin();
            WriteBatch second = collection.begin();
            assertThat(first.put(document("a"))).isEqualTo(Status.CREATED);
            assertThat(second.put(document("b"))).isEqualTo(Status.CREATED);
            assertThat(second.put(document("a"))).isEqualTo(Status.UNCHANGED);
            second.commit();
            first.commit();
            assertThat(collection.generation()).isEqualTo(2);
        }
    }

    @Test
    void open_ofAFolderInUse_saysSo() throws Exception {
        try (Collections collections = open()) {
            assertThat(collections.count()).isZero();
            assertThatThrownBy(this::open)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another retrieval-service");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX) // has a device that is always full
    void delete_onAFullDisk_isRefusedAndKeepsTheCollection() throws Exception {
        try (Collections collections = open()) {
            collections.create(KEY, manifest());
            write(collections.get(KEY), "before");
            Path beside = data.resolve(KEY.tenant()).resolve("." + RetiredGenerations.FILE + ".tmp");
            Files.createSymbolicLink(beside, Path.of("/dev/full"));
            assertThatThrownBy(() -> collections.delete(KEY))
                    .isInstanceOfSatisfying(
                            RetrievalException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(RetrievalException.Kind.DISK_FULL));
            try (Snapshot snapshot = collections.get(KEY).snapshot()) {
                assertThat(snapshot.find("before")).isPresent();
            }
            Files.delete(beside);
            assertThat(collections.delete(KEY)).isTrue();
        }
    }

    @Test
    void create_writesTheManifest_afterTheIndexItSpeaksOf() throws Exception {
        var manifestFirst = new ArrayList<Boolean>();
        try (Collections collections = Collections.open(data.resolve("not/yet/there"), folder -> {
            manifestFirst.add(Files.exists(folder.resolveSibling(CollectionManifest.FILE)));
            try {
                return new MMapDirectory(folder);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        })) {
            assertThat(collections.create(KEY, manifest())).isTrue();
            assertThat(manifestFirst).containsExactly(false);
            assertThat(collections.get(KEY).generation()).isEqualTo(1);
        }
    }

    @Test
    void batchOfKnownDocuments_whenTheIndexWasReplacedMeanwhile_isNotAcknowledged() throws IOException {
        try (Collections collections = open()) {
            collections.create(KEY, manifest());
            Collection collection = collections.get(KEY);
            write(collection, "a");
            WriteBatch again = collection.begin();
            assertThat(again.isStored("a", "ha")).isTrue();
            collection.refuseWrites();
            assertThatThrownBy(again::commit)
                    .isInstanceOf(RetrievalException.class)
                    .hasMessageContaining("send");
        }
    }
}
