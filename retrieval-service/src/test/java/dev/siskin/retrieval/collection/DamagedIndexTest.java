package dev.siskin.retrieval.collection;

import static dev.siskin.retrieval.TestService.at;
import static dev.siskin.retrieval.TestService.line;
import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.retrieval.TestService;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedIndexTest {
    @TempDir
    Path data;

    private void index() throws Exception {
        try (TestService service = TestService.on(data)) {
            for (String name : new String[] {"docs", "other"}) {
                service.put("/v1/collections/" + name, "{}");
                service.upsert(name, line("a", "{}", "finch", at(0)));
            }
        }
    }

    private Path file(String pattern) throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve("retrieval/default/docs"))) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void assertDocsAreDamagedAndOthersServed(String file) throws Exception {
        try (TestService service = TestService.on(data)) {
            TestService.Answer answer = service.search("docs", "{\"query\":\"finch\",\"mode\":\"keyword\"}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(503);
            assertThat(answer.detail()).contains("'docs'", file, "snapshot", "delete it and index again");
            assertThat(answer.detail()).doesNotContain(data.toString());
            assertThat(service.upsert("docs", line("b", "{}", "finch", at(0))).status())
                    .isEqualTo(503);
            assertThat(service.put("/v1/collections/docs", "{}").status()).isEqualTo(503);
            assertThat(service.found("other", "{\"query\":\"finch\",\"mode\":\"keyword\"}"))
                    .containsExactly("a");
            assertThat(service.get("/v1/collections").json().findValuesAsText("name"))
                    .containsExactly("other");

            assertThat(service.delete("/v1/collections/docs").status()).isEqualTo(204);
            assertThat(service.put("/v1/collections/docs", "{}").status()).isEqualTo(201);
            service.upsert("docs", line("a", "{}", "finch", at(0)));
            assertThat(service.found("docs", "{\"query\":\"finch\",\"mode\":\"keyword\"}"))
                    .containsExactly("a");
            assertThat(service.get("/v1/generations").json().path("docs").asLong())
                    .isGreaterThan(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segments_\\w+", "_\\w+\\.cfs", "_\\w+\\.si", "manifest\\.json"})
    void collection_withATruncatedFile_saysWhichAndTheOthersAreServed(String pattern) throws Exception {
        index();
        Path cut = file(pattern);
        try (FileChannel channel = FileChannel.open(cut, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
        assertDocsAreDamagedAndOthersServed(cut.getFileName().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"segments_\\w+"})
    void collection_withAChangedByte_saysWhichAndTheOthersAreServed(String pattern) throws Exception {
        index();
        Path changed = file(pattern);
        byte[] bytes = Files.readAllBytes(changed);
        bytes[bytes.length / 2] ^= 0x55;
        Files.write(changed, bytes);
        assertDocsAreDamagedAndOthersServed(changed.getFileName().toString());
    }

    @Test
    void collection_withAMissingFile_saysWhichAndTheOthersAreServed() throws Exception {
        index();
        Path missing = file("_\\w+\\.cfs");
        Files.delete(missing);
        assertDocsAreDamagedAndOthersServed(missing.getFileName().toString());
    }
}
