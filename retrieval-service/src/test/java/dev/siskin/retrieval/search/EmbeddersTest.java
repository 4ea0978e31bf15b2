package dev.siskin.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Quantization;
import dev.siskin.embedding.EmbedderSettings;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.ModelLibrary;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.settings.Home;
import dev.siskin.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pool of embedding models, with the two that the build brings. */
class EmbeddersTest {
    private static final String BGE = "bge-small-en-v1.5";
    private static final String MINILM = "all-minilm-l6-v2";
    private static final ModelLibrary LIBRARY = ModelLibrary.of(Settings.of(Map.of()), Home.folder());

    @TempDir
    Path folder;

    private Embedders embedders = pool(LIBRARY, 1);

    @AfterEach
    void close() {
        embedders.close();
    }

    private static Embedders pool(ModelLibrary library, int most) {
        library.nameNativeLibraries();
        return new Embedders(library, new EmbedderSettings(1, 4), most);
    }

    private static CollectionManifest manifest(String model, ModelFingerprint madeBy) {
        return CollectionManifest.of(
                "docs", new CollectionManifest.Spec(model, Quantization.INT4, "en"), madeBy, Instant.EPOCH);
    }

    private ModelFingerprint fingerprint(String model) {
        try (ModelLease lease = embedders.named(model)) {
            return lease.embedder().fingerprint();
        }
    }

    private static AbstractThrowableAssert<?, ?> assertUnavailable(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RetrievalException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(RetrievalException.Kind.UNAVAILABLE));
    }

    @Test
    void named_whereThereIsNoPlace_givesUpTheModelNobodyUses() {
        fingerprint(BGE);
        assertThat(fingerprint(MINILM).name()).isEqualTo(MINILM);
        assertThat(embedders.loaded()).isEqualTo(1);
        assertThat(fingerprint(BGE).name()).isEqualTo(BGE);
        assertThat(embedders.loaded()).isEqualTo(1);
    }

    @Test
    void named_whereAllAreInUse_isUnavailableAndLeavesThemAlone() {
        try (ModelLease inUse = embedders.named(BGE)) {
            assertUnavailable(() -> embedders.named(MINILM)).hasMessageContaining("in use");
            assertThat(inUse.embedder().embedQuery("siskins").vector()).hasSize(384);
        }
        assertThat(fingerprint(MINILM).name()).isEqualTo(MINILM);
    }

    @Test
    void lease_givenBackTwice_countsOnce() {
        ModelLease twice = embedders.named(BGE);
        try (ModelLease inUse = embedders.named(BGE)) {
            twice.close();
            twice.close();
            assertUnavailable(() -> embedders.named(MINILM)).hasMessageContaining("in use");
            assertThat(inUse.embedder().waiting()).isZero();
        }
    }

    @Test
    void named_ofNoModel_isImpossibleAndKeepsTheOthers() {
        fingerprint(BGE);
        assertThatThrownBy(() -> embedders.named("none"))
                .isInstanceOfSatisfying(
                        RetrievalException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(RetrievalException.Kind.IMPOSSIBLE));
        assertThat(embedders.loaded()).isEqualTo(1);
    }

    @Test
    void of_aModelThatChanged_isEmpty() {
        ModelFingerprint other = fingerprint(MINILM);
        assertThat(embedders.of(manifest(BGE, other))).isEmpty();
        assertThat(embedders.of(manifest("none", other))).isEmpty();
        embedders.of(manifest(MINILM, other)).orElseThrow().close();
    }

    @Test
    void of_aModelThatCannotBeCompared_isUnavailableAndNoMismatch() {
        ModelFingerprint now = fingerprint(BGE);
        var withoutProbes = new ModelFingerprint(
                ModelFingerprint.VERSION,
                now.name(),
                "other",
                now.tokenizerSha256(),
                now.pooling(),
                now.queryPrefix(),
                now.passagePrefix(),
                now.dimensions(),
                now.maxTokens(),
                now.normalise(),
                List.of());
        assertUnavailable(() -> embedders.of(manifest(BGE, withoutProbes))).hasMessageContaining("probe");
    }

    @Test
    void of_aModelThatIsNotLoadedInTime_isUnavailableAndThereLater() {
        ModelFingerprint made = fingerprint(BGE);
        fingerprint(MINILM);
        assertUnavailable(() -> embedders.of(manifest(BGE, made), Duration.ZERO))
                .hasMessageContaining("being loaded");
        embedders.of(manifest(BGE, made)).orElseThrow().close();
    }

    @Test
    void of_aModelWhoseFilesAreBroken_isUnavailableUntilTheyAreWell() throws Exception {
        ModelFingerprint made = fingerprint(BGE);
        Path broken = folder.resolve(BGE);
        copy(LIBRARY.models().resolve(BGE), broken);
        Path graph = broken.resolve("model.onnx");
        byte[] whole = Files.readAllBytes(graph);
        Files.write(graph, new byte[] {1, 2, 3});
        try (Embedders pool = pool(new ModelLibrary(folder, LIBRARY.nativeLibraries()), 1)) {
            assertUnavailable(() -> pool.of(manifest(BGE, made)));
            assertUnavailable(() -> pool.of(manifest(BGE, made)));
            assertThat(pool.loaded()).isZero();
        }
        Files.write(graph, whole);
        try (Embedders pool = pool(new ModelLibrary(folder, LIBRARY.nativeLibraries()), 1)) {
            pool.of(manifest(BGE, made)).orElseThrow().close();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }
}
