package dev.siskin.generators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.generators.GeneratorLibrary.Entry;
import dev.siskin.generators.GeneratorLibrary.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratorLibraryTest {
    @TempDir
    Path folder;

    @Test
    void nothingThere_isAnEmptyLibrary() {
        GeneratorLibrary library = library();

        assertThat(library.entries()).isEmpty();
        assertThat(library.find("siskin-mini")).isEmpty();
        assertThat(library.lacks("siskin-mini")).contains("'siskin-mini'", "there are []", "./siskin model add");
    }

    @Test
    void models_ofTheProjectAndOfTheUser_areFoundByName() throws Exception {
        Path shipped = folder("home/inference-service/models/siskin-mini");
        Path added = folder("data/models/qwen2.5-0.5b");
        folder("data/models/.half.adding");
        folder("data/models/Not-A-Name");

        assertThat(library().entries())
                .containsExactly(
                        new Entry("qwen2.5-0.5b", Origin.ADDED, added),
                        new Entry("siskin-mini", Origin.SHIPPED, shipped));
        assertThat(library().find("siskin-mini")).contains(shipped);
        assertThat(library().find("qwen2.5-0.5b")).contains(added);
        assertThat(library().find(".half.adding")).isEmpty();
    }

    @Test
    void nameOfBoth_isTheUsers() throws Exception {
        folder("home/inference-service/models/siskin-mini");
        Path added = folder("data/models/siskin-mini");

        assertThat(library().entries()).containsExactly(new Entry("siskin-mini", Origin.ADDED, added));
        assertThat(library().find("siskin-mini")).contains(added);
    }

    @Test
    void path_isTakenAsItIs_andNoNameLeadsOut() throws Exception {
        Path elsewhere = folder("elsewhere/model");
        folder("data/models/known");

        assertThat(library().find(elsewhere.toString())).contains(elsewhere);
        assertThat(library().find(".")).contains(Path.of("").toAbsolutePath());
        assertThat(library().find("elsewhere/model")).isEmpty();
        assertThat(library().find("known/../../../elsewhere/model")).isEmpty();
        assertThat(library().lacks("./no/such"))
                .isEqualTo("there is no model folder " + Path.of("no/such").toAbsolutePath());
    }

    private GeneratorLibrary library() {
        return GeneratorLibrary.of(folder.resolve("home"), folder.resolve("data"));
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }
}
