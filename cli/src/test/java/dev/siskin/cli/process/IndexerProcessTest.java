package dev.siskin.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IndexerProcessTest {
    @Test
    void memoryOfTheParser_isThatOfTheBound_whateverIsExported() {
        var environment = new HashMap<>(Map.of("SISKIN_INDEXER_READ_PARSER_MEMORY", "8g", "PATH", "/bin"));

        IndexerProcess.configure(environment, new IndexerMemory(10, 20, 1), Map.of("COLUMNS", "80"));

        assertThat(environment)
                .containsEntry("SISKIN_INDEXER_READ_PARSER_MEMORY", "20")
                .containsEntry("PATH", "/bin")
                .containsEntry("COLUMNS", "80");
    }
}
