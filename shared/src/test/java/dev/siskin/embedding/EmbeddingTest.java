package dev.siskin.embedding;

import static dev.siskin.embedding.TestModels.cosine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class EmbeddingTest {
    private Embedder bge;
    private Embedder minilm;

    @BeforeAll
    void open() {
        bge = Embedder.open(TestModels.directory(TestModels.BGE), new EmbedderSettings(1, 8));
        minilm = Embedder.open(TestModels.directory(TestModels.MINILM), new EmbedderSettings(1, 8));
    }

    @AfterAll
    void close() {
        bge.close();
        minilm.close();
    }

    private Embedder embedder(String name) {
        return name.equals(TestModels.BGE) ? bge : minilm;
    }

    @ParameterizedTest
    @ValueSource(strings = {TestModels.BGE, TestModels.MINILM})
    void vector_hasLengthOneAndTheManifestsDimensions(String name) {
        for (String text : new String[] {"a", "The queue is bounded.", "word ".repeat(2_000), "東京"}) {
            float[] vector = embedder(name).embedPassage(text).vector();

            assertThat(vector).hasSize(384);
            double squares = 0;
            for (float value : vector) {
                squares += (double) value * value;
            }
            assertThat(Math.sqrt(squares)).isCloseTo(1, within(1e-5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TestModels.BGE, TestModels.MINILM})
    void similarity_ordersPassagesByMeaning(String name) {
        Embedder embedder = embedder(name);
        float[] query = embedder.embedQuery("how do birds survive the winter?").vector();

        double near = cosine(
                query,
                embedder.embedPassage("Siskins feed on alder seeds in the cold months.")
                        .vector());
        double middle = cosine(
                query,
                embedder.embedPassage("Snow fell on the mountain road last week.")
                        .vector());
        double far = cosine(
                query,
                embedder.embedPassage("The invoice is due within thirty days.").vector());

        assertThat(near).isGreaterThan(middle + 0.05);
        assertThat(middle).isGreaterThan(far);
    }

    @Test
    void queryPrefix_changesTheVectorOfAQueryOnly() {
        String text = "bounded queue";

        assertThat(cosine(bge.embedQuery(text).vector(), bge.embedPassage(text).vector()))
                .isBetween(0.5, 0.99);
        assertThat(bge.embedQuery(text).vector())
                .isEqualTo(bge.embedPassage(bge.manifest().queryPrefix() + text).vector());
        assertThat(minilm.embedQuery(text).vector())
                .isEqualTo(minilm.embedPassage(text).vector());
    }

    @Test
    void truncation_keepsAsManyTokensAsTheModelTakes() {
        String exact = "word ".repeat(510);

        assertThat(bge.embedPassage(exact).tokens()).isEqualTo(512);
        assertThat(bge.embedPassage(exact).truncated()).isFalse();
        assertThat(bge.embedPassage(exact + "word").tokens()).isEqualTo(512);
        assertThat(bge.embedPassage(exact + "word").truncated()).isTrue();
        assertThat(bge.embedPassage(exact + "and an end that is not read").vector())
                .isEqualTo(bge.embedPassage(exact).vector());
        assertThat(minilm.embedPassage(exact).tokens()).isEqualTo(256);
        assertThat(minilm.embedPassage(exact).truncated()).isTrue();
    }

    @Test
    void truncation_readsOnlyTheBeginningOfMegabytes() {
        String text = "word ".repeat(1_000_000);

        Embedding embedding = bge.embedPassage(text);

        assertThat(embedding.tokens()).isEqualTo(512);
        assertThat(embedding.truncated()).isTrue();
        assertThat(embedding.vector())
                .isEqualTo(bge.embedPassage("word ".repeat(510)).vector());
    }

    @Test
    void emptyText_isItsSpecialTokens() {
        Embedding empty = bge.embedPassage("");

        assertThat(empty.tokens()).isEqualTo(2);
        assertThat(empty.truncated()).isFalse();
        assertThat(bge.embedPassage(" \n\t").vector()).isEqualTo(empty.vector());
    }

    @Test
    void loneSurrogate_isReadAsTheReplacementCharacter() {
        assertThat(bge.embedPassage("a \uD83D b").vector())
                .isEqualTo(bge.embedPassage("a \uFFFD b").vector());
    }
}
