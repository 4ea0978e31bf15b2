package dev.siskin.inference.generation.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.runtime.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A vocabulary of 602 tokens beside models of other sizes. */
final class VocabularyTest {
    @TempDir
    private Path data;

    private Tokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        tokenizer = Tokenizer.open(
                ModelFolders.folder(data, ModelFolders.BYTE_LEVEL).resolve("tokenizer.json"));
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    private Vocabulary vocabulary(Integer... added) {
        return new Vocabulary(tokenizer, Set.of(added));
    }

    @Test
    void modelOfTheSameSize_orPadded_isItsOwn() {
        assertThat(vocabulary().mismatch(602, Set.of())).isEmpty();
        assertThat(vocabulary().mismatch(640, Set.of(601, 99_999))).isEmpty();
    }

    @Test
    void modelWithFewerTokens_isNot_unlessOnlyMarksLieBeyond() {
        assertThat(vocabulary().mismatch(500, Set.of()))
                .hasValueSatisfying(
                        fault -> assertThat(fault).isEqualTo("it has a token 500, the model's ids end at 499"));
        assertThat(vocabulary(601).mismatch(601, Set.of())).isEmpty();
        assertThat(vocabulary().mismatch(601, Set.of())).isPresent();
    }

    @Test
    void modelWithManyMoreTokens_orOtherEnds_isNot() {
        assertThat(vocabulary().mismatch(32_000, Set.of()))
                .hasValue("it ends before id 16000, the model's ids at 31999");
        assertThat(vocabulary().mismatch(640, Set.of(630))).hasValue("it has none of the model's end tokens [630]");
    }
}
