package dev.siskin.inference.generation.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.generators.GeneratorLibrary;
import dev.siskin.inference.Hits;
import dev.siskin.inference.accounting.HeldBytes;
import dev.siskin.inference.generation.Cancellation;
import dev.siskin.inference.generation.CancelledException;
import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Generator;
import dev.siskin.inference.generation.ModelFailedException;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.packing.Passage;
import dev.siskin.inference.shaping.GenerationParameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project's own model behind the face of a generator, and folders that are no model. */
final class LocalGeneratorTest {
    private static final String OWN = "siskin-mini";
    private static final String TEXT =
            "The queue holds 64 requests. A full queue answers with status 503. The index lies on disk.";

    @TempDir
    private Path data;

    private final List<Generator> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(Generator::close);
    }

    private Generator open(String model, long cacheBytes) {
        Generator generator = models(1L << 30).open(settings(model, cacheBytes));
        opened.add(generator);
        return generator;
    }

    private static LocalSettings settings(String model, long cacheBytes) {
        return new LocalSettings("small", model, "", 1, 4, cacheBytes, 1_024, 500, true, false);
    }

    private LocalModels models(long maxBytes) {
        var library = new GeneratorLibrary(Path.of("models"), data.resolve("models"));
        return new LocalModels(library, data.resolve("packed"), new ModelMemory(maxBytes, List.of("large", "small")));
    }

    private static Prompt prompt(int maxTokens, double temperature, String... texts) {
        List<Passage> passages = Stream.of(texts)
                .map(text -> new Passage(Hits.hit("a.md", 0, 0.8, text, Map.of()), text, 40))
                .toList();
        return new Prompt(
                "How many requests does the queue hold?",
                Optional.empty(),
                passages,
                new GenerationParameters(maxTokens, temperature, OptionalLong.empty(), List.of()),
                Duration.ofMinutes(2));
    }

    /** What it writes, whether or not that is a whole sentence: a small model's weights are replaced now and then. */
    private static List<Draft> written(Generator generator, Prompt prompt) {
        List<Draft> drafts = new ArrayList<>();
        try {
            Generated generated = generator.generate(prompt, drafts::add, new Cancellation());
            assertThat(generated.promptTokens())
                    .hasValueSatisfying(tokens -> assertThat(tokens).isBetween(20, 500));
            assertThat(generated.completionTokens())
                    .hasValueSatisfying(tokens ->
                            assertThat(tokens).isBetween(0, prompt.parameters().maxTokens()));
        } catch (ModelFailedException nothing) {
            assertThat(nothing).hasMessageContaining("wrote");
        }
        return drafts;
    }

    @Test
    void ownModel_writesTheSameTwice_andItsMemoryHasAnOwner() {
        Generator generator = open(OWN, 64 << 20);

        assertThat(generator.model()).startsWith("siskin-mini/model_q4.onnx/labelled");
        assertThat(generator.isElsewhere()).isFalse();
        assertThat(written(generator, prompt(60, 0, TEXT))).isEqualTo(written(generator, prompt(60, 0, TEXT)));
        written(generator, prompt(60, 0.8, TEXT, TEXT));
        assertThat(generator.held()).extracting(HeldBytes::owner).containsExactly("model_weights", "kv_cache");
        assertThat(generator.held().getFirst().bytes().getAsLong()).isPositive();
        assertThat(generator.held().getLast().bytes().getAsLong()).isZero();
    }

    @Test
    void noPassages_andNobodyWaiting_costNothing() {
        Generator generator = open(OWN, 64 << 20);

        assertThat(generator
                        .generate(prompt(60, 0), draft -> {}, new Cancellation())
                        .declined())
                .isPresent();
        var cancelled = new Cancellation();
        cancelled.cancel();
        assertThatThrownBy(() -> generator.generate(prompt(60, 0, TEXT), draft -> {}, cancelled))
                .isInstanceOf(CancelledException.class);
    }

    @Test
    void onePassageThatIsTooLong_isCutToItsFirstSentences_orFailsWithTheFigures() {
        Generator generator = open(OWN, 64 << 20);
        assertThatThrownBy(
                        () -> generator.generate(prompt(60, 0, "word ".repeat(4_000)), draft -> {}, new Cancellation()))
                .isInstanceOf(ModelFailedException.class)
                .hasMessageContaining("context is too short")
                .hasMessageContaining("at most 964");
    }

    @Test
    void modelThatIsNotThere_isRefusedWithThoseThatAre() {
        assertThatThrownBy(() -> open("nosuch", 0))
                .isInstanceOf(UnknownModelException.class)
                .hasMessageContaining("no model 'nosuch'")
                .hasMessageContaining(OWN);
        assertThatThrownBy(() -> open(data.toString(), 0))
                .isInstanceOf(UnusableModelException.class)
                .hasMessageContaining(data.toString());
    }

    @Test
    void modelThatIsBroken_isRefusedWithItsPath() throws IOException {
        for (String file : List.of("onnx/model_q4.onnx_data", "onnx/model_q4.onnx", "tokenizer.json", "config.json")) {
            Path folder = Files.createDirectories(data.resolve("models").resolve("broken"));
            copy(Path.of("models", OWN), folder);
            byte[] whole = Files.readAllBytes(folder.resolve(file));
            Files.write(folder.resolve(file), Arrays.copyOf(whole, whole.length / 2));

            assertThatThrownBy(() -> open("broken", 0))
                    .as(file)
                    .isInstanceOf(UnusableModelException.class)
                    .hasMessageContaining(folder.toString());
        }
    }

    @Test
    void memory_isSharedByAllModels_andWhatDoesNotFitIsRefusedWithTheFigures() {
        LocalModels models = models(72 << 20);
        Generator first = models.open(settings(OWN, 20 << 20));
        try {
            var second = new LocalSettings("large", OWN, "", 1, 4, 20 << 20, 1_024, 500, true, false);
            assertThatThrownBy(() -> models.open(second))
                    .isInstanceOf(UnusableModelException.class)
                    .hasMessageContaining("20 of KV cache")
                    .hasMessageContaining("of the 72 MiB for models (tier small has")
                    .hasMessageContaining("raise inference.local.max.bytes");
            assertThat(models.fitsBeside(settings(OWN, 20 << 20))).isFalse();
            models.refuseUnusable(settings(OWN, 20 << 20)); // it fits in the place of the first

            assertThat(first.held().getFirst().capBytes()).isBetween(1L << 20, 72L << 20);
        } finally {
            first.close();
        }
        models.open(settings(OWN, 20 << 20)).close();
        assertThat(models.fitsBeside(settings(OWN, 0))).isTrue();
    }

    @Test
    void cacheWithoutABound_takesWhatAllAnswersNeed_orHalfOfWhatIsFreeWhileATierIsMissing() {
        long needed = kvBytes(1L << 30, "small");

        assertThat(kvBytes(2L << 30, "small")).isEqualTo(needed);
        assertThat(kvBytes(62 << 20, "small", "large")).isLessThan(needed);
        assertThat(kvBytes(62 << 20, "small")).isGreaterThan(kvBytes(62 << 20, "small", "large"));
    }

    private long kvBytes(long maxBytes, String... tiers) {
        var library = new GeneratorLibrary(Path.of("models"), data.resolve("models"));
        var models = new LocalModels(library, data.resolve("packed"), new ModelMemory(maxBytes, List.of(tiers)));
        try (Generator generator = models.open(settings(OWN, 0))) {
            return Objects.requireNonNull(generator.held().getLast().capBytes());
        }
    }

    @Test
    void cacheTooSmallForAPrompt_isRefusedWithTheSettingThatRaisesIt() {
        assertThatThrownBy(() -> open(OWN, 1 << 19))
                .isInstanceOf(UnusableModelException.class)
                .hasMessageContaining("inference.small.local.kv.max.bytes")
                .hasMessageContaining("at least are needed");
    }

    @Test
    void room_isThatOfTheCache_inTokensOfTheModel() {
        Generator roomy = open(OWN, 0);
        assertThat(roomy.hasRoom(List.of(1_000, 1_000, 1_000, 1_000))).isTrue();
        assertThat(roomy.hasRoom(List.of(9_000, 9_000)))
                .as("no answer takes more than the context")
                .isTrue();
        assertThat(roomy.hasRoom(List.of(1, 1, 1, 1, 1))).as("five at once").isFalse();
    }

    @Test
    void revision_isThatOfTheFolder() throws IOException {
        Path folder = data.resolve("models").resolve("copied");
        copy(Path.of("models", OWN), folder);
        String before = open("copied", 0).model();
        assertThat(open("copied", 0).model()).isEqualTo(before);
        Path link = Files.createSymbolicLink(data.resolve("linked"), folder);
        assertThat(before).endsWith("@" + FolderRevision.of(link));

        Files.writeString(folder.resolve("README.md"), "another");
        assertThat(open("copied", 0).model()).isNotEqualTo(before);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            all.filter(Files::isRegularFile).forEach(file -> {
                try {
                    Path target = to.resolve(from.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException unwritable) {
                    throw new UncheckedIOException(unwritable);
                }
            });
        }
    }
}
