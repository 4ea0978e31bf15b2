package dev.siskin.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.runtime.ModelDirectoryException;
import dev.siskin.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLibraryTest {
    @TempDir
    Path folder;

    @Test
    void of_settings_winOverTheHome() {
        ModelLibrary built = ModelLibrary.of(Settings.of(Map.of()), folder);
        assertThat(built.models()).isEqualTo(folder.resolve("shared/target/models"));
        assertThat(built.nativeLibraries()).isEqualTo(folder.resolve("shared/target/native"));

        ModelLibrary named = ModelLibrary.of(
                Settings.of(Map.of("embedding.models.path", "/m", "embedding.native.path", "/n")), folder);
        assertThat(named).isEqualTo(new ModelLibrary(Path.of("/m"), Path.of("/n")));
    }

    @Test
    void open_builtModels_areKnownByName() {
        var library = new ModelLibrary(TestModels.path(""), folder);
        assertThat(library.names()).containsExactly(TestModels.MINILM, TestModels.BGE);
        assertThat(library.open(TestModels.BGE).path()).isEqualTo(TestModels.path(TestModels.BGE));
    }

    @Test
    void open_otherName_namesTheKnownOnes() {
        var library = new ModelLibrary(TestModels.path(""), folder);
        assertThat(library.find("other")).isEmpty();
        assertThat(library.find("../models/" + TestModels.BGE)).isEmpty();
        assertThatThrownBy(() -> library.open("other"))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContainingAll("'other'", TestModels.MINILM, TestModels.BGE);
    }

    @Test
    void find_folderWithoutAModel_isNamedAsBroken() throws Exception {
        Files.createDirectories(folder.resolve("hollow"));
        assertThatThrownBy(() -> new ModelLibrary(folder, folder).find("hollow"))
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContaining("embedding.json");
    }

    @Test
    void names_noFolder_saysHowToNameOne() {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> new ModelLibrary(none, none).names())
                .isInstanceOf(ModelDirectoryException.class)
                .hasMessageContainingAll(none.toString(), "SISKIN_EMBEDDING_MODELS_PATH");
    }
}
