package dev.siskin.retrieval.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotManifestTest {
    @Test
    void read_ofVersion1_isWhatWasWritten() throws Exception {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("snapshot-v1.json"))) {
            SnapshotManifest manifest = SnapshotManifest.read(in.readAllBytes());
            assertThat(manifest.id()).isEqualTo("20260131t120000z-1f3a5b7c");
            assertThat(manifest.collection()).isEqualTo("docs");
            assertThat(manifest.generation()).isEqualTo(7);
            assertThat(manifest.created()).isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
            assertThat(manifest.manifest().spec().embeddingModel()).isEqualTo("bge-small-en-v1.5");
            assertThat(manifest.files())
                    .containsExactly(
                            new SnapshotManifest.File("_0.cfe", 479, 305_419_896),
                            new SnapshotManifest.File("segments_3", 342, 4_294_967_295L));
            assertThat(manifest.bytes()).isEqualTo(821);
            assertThat(SnapshotManifest.read(manifest.json())).isEqualTo(manifest);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "segments_a1",
                "_0.si",
                "_1a.cfs",
                "_0_1.liv",
                "_2_Lucene104HnswScalarQuantizedVectorsFormat_0.vec",
                "_0_3_Lucene90_0.dvd"
            })
    void name_ofAFileOfLucene_isTaken(String name) {
        assertThat(SnapshotManifest.INDEX_FILE.matcher(name).matches()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "segments_",
                "pending_segments_1",
                "_0.si/x",
                "../_0.si",
                "_0..si",
                "_.si",
                "_0.SI",
                "a.si",
                "_0 .si"
            })
    void name_ofAnythingElse_isNot(String name) {
        assertThat(SnapshotManifest.INDEX_FILE.matcher(name).matches()).isFalse();
    }
}
