package dev.siskin.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.cli.CommandFailure;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSourceTest {
    private static final URI HUB = URI.create("https://hub.example/mirror/");

    @ParameterizedTest
    @CsvSource({
        "acme/Model-1, https://hub.example/mirror, acme/Model-1, main, ''",
        "gpt2, https://hub.example/mirror, gpt2, main, ''",
        "acme/Model-1/cpu/int4, https://hub.example/mirror, acme/Model-1, main, cpu/int4",
        "https://hub.example/mirror/acme/Model-1, https://hub.example/mirror, acme/Model-1, main, ''",
        "https://hub.example/mirror/acme/Model-1/tree/v2/cpu, https://hub.example/mirror, acme/Model-1, v2, cpu",
        "http://other:8080/acme/Model-1/, http://other:8080, acme/Model-1, main, ''"
    })
    void nameOrAddress_isTakenApart(String text, String base, String repository, String revision, String folder) {
        assertThat(ModelSource.of(text, HUB, "")).isEqualTo(new ModelSource(base, repository, revision, folder));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "..",
                "acme/../secret",
                "acme/mo del",
                "http://",
                "ftp://host/acme/model",
                "https://user@host/acme/model",
                "https://host",
                "acme/model?x=1"
            })
    void anythingElse_isRefused(String text) {
        assertThatThrownBy(() -> ModelSource.of(text, HUB, ""))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("owner/name");
    }

    @Test
    void addresses_areEncoded() {
        ModelSource source = ModelSource.of("acme/Model-1/cpu", HUB, "refs/pr/1");

        assertThat(source.listing())
                .hasToString("https://hub.example/mirror/api/models/acme/Model-1/tree/refs%2Fpr%2F1?recursive=true");
        assertThat(source.file("onnx/a b#1.onnx"))
                .hasToString("https://hub.example/mirror/acme/Model-1/resolve/refs%2Fpr%2F1/cpu/onnx/a%20b%231.onnx");
    }

    @Test
    void modelName_isOneThatAModelMayHave() {
        assertThat(ModelSource.of("acme/Qwen2.5-0.5B-Instruct", HUB, "").modelName())
                .isEqualTo("qwen2.5-0.5b-instruct");
        assertThat(ModelSource.of("acme/Model-1/cpu/int4", HUB, "").modelName()).isEqualTo("int4");
        assertThat(ModelFiles.nameFor("/a/.Hidden Folder")).isEqualTo("hidden-folder");
    }
}
