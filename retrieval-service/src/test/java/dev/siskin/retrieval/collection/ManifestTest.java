package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Quantization;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
    @TempDir
    Path folder;

    private void place(String fixture) throws Exception {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(fixture))) {
            Files.write(folder.resolve(CollectionManifest.FILE), in.readAllBytes());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, index, 1", "2, index-3, 2"})
    void read_ofEveryVersion_isWhatWasWritten(int version, String index, int analysis) throws Exception {
        place("manifest-v" + version + ".json");
        CollectionManifest manifest = CollectionManifest.read(folder);
        assertThat(manifest.name()).isEqualTo("docs");
        assertThat(manifest.spec())
                .isEqualTo(new CollectionManifest.Spec("bge-small-en-v1.5", Quantization.INT4, "en"));
        assertThat(manifest.embedder().dimensions()).isEqualTo(2);
        assertThat(manifest.encoding()).isEqualTo("PACKED_NIBBLE");
        assertThat(manifest.created()).isEqualTo(Instant.parse("2026-01-31T12:00:00.123Z"));
        assertThat(manifest.index()).isEqualTo(index);
        assertThat(manifest.analysis()).isEqualTo(analysis);
        assertThat(manifest.version()).isEqualTo(CollectionManifest.VERSION);
    }

    @Test
    void write_ofVersion2_isTheSameText() throws Exception {
        place("manifest-v2.json");
        String before = Files.readString(folder.resolve(CollectionManifest.FILE));
        CollectionManifest.read(folder).write(folder);
        assertThat(Files.readString(folder.resolve(CollectionManifest.FILE))).isEqualTo(before.strip());
    }

    @Test
    void read_ofAnotherVersionOrField_isRefused() throws Exception {
        place("manifest-v2.json");
        Path file = folder.resolve(CollectionManifest.FILE);
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"version\" : 2", "\"version\" : 3"));
        assertThatThrownBy(() -> CollectionManifest.read(folder))
                .hasMessageContaining("version must be 1 to 2: version=3");
        Files.writeString(file, text.replace("\"encoding\"", "\"encodings\""));
        assertThatThrownBy(() -> CollectionManifest.read(folder)).hasMessageContaining("encodings");
        Files.writeString(file, text.replace("index-3", "../index"));
        assertThatThrownBy(() -> CollectionManifest.read(folder)).hasMessageContaining("index=../index");
    }

    @Test
    void nextIndex_isBesideThoseThatLieThere() throws Exception {
        assertThat(CollectionManifest.nextIndex(folder)).isEqualTo("index");
        Files.createDirectory(folder.resolve("index"));
        assertThat(CollectionManifest.nextIndex(folder)).isEqualTo("index-2");
        Files.createDirectory(folder.resolve("index-7"));
        assertThat(CollectionManifest.nextIndex(folder)).isEqualTo("index-8");
    }

    @Test
    void commitRecord_ofItsUserData_isItself() throws Exception {
        var record = new CommitRecord(7, Map.of("year", MetadataType.NUMBER, "on", MetadataType.DATE));
        assertThat(record.userData()).containsEntry("siskin.version", "1").containsEntry("siskin.generation", "7");
        assertThat(CommitRecord.of(record.userData())).isEqualTo(record);
        assertThatThrownBy(() -> CommitRecord.of(Map.of("siskin.version", "9")))
                .hasMessageContaining("siskin.version=1");
    }

    @Test
    void retiredGenerations_keepTheLargest() throws Exception {
        RetiredGenerations.read(folder).retire(folder, "docs", 5).retire(folder, "docs", 3);
        assertThat(Files.readString(folder.resolve(RetiredGenerations.FILE)))
                .isEqualTo("{\"version\":1,\"generations\":{\"docs\":5}}");
        assertThat(RetiredGenerations.read(folder).last("docs")).isEqualTo(5);
        assertThat(RetiredGenerations.read(folder).last("other")).isZero();
    }
}
