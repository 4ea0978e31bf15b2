package dev.siskin.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.search.ScoreDoc;
import org.junit.jupiter.api.Test;

class ScoredDocsTest {
    private static ScoredDocs of(float... scores) {
        return new ScoredDocs(IntStream.range(0, scores.length).map(i -> 2 * i).toArray(), scores);
    }

    @Test
    void of_foundInAnyOrder_isAscending() {
        ScoredDocs docs = ScoredDocs.of(new ScoreDoc[] {new ScoreDoc(7, 1), new ScoreDoc(3, 2)});
        assertThat(docs.docs()).containsExactly(3, 7);
        assertThat(docs.scores()).containsExactly(2, 1);
    }

    @Test
    void score_ofADocumentThatIsNotThere_isZero() {
        assertThat(of(.5f, .25f).score(2)).isEqualTo(.25f);
        assertThat(of(.5f, .25f).score(1)).isZero();
        assertThat(of(.5f, .25f).has(1)).isFalse();
    }

    @Test
    void best_ofEqualScores_keepsTheLowerDocuments() {
        ScoredDocs best = of(.1f, .5f, .5f, .5f).best(2);
        assertThat(best.docs()).containsExactly(2, 4);
        assertThat(best.scores()).containsExactly(.5f, .5f);
    }

    @Test
    void bestWithTies_ofEqualScores_keepsAllThatEqualTheLast() {
        assertThat(of(.1f, .5f, .9f, .5f).bestWithTies(2).docs()).containsExactly(2, 4, 6);
        assertThat(of(.1f, .5f, .9f, .5f).bestWithTies(1).docs()).containsExactly(4);
    }

    @Test
    void and_others_isAscending() {
        ScoredDocs both = of(.1f, .2f).and(new ScoredDocs(new int[] {1, 9}, new float[] {.7f, .9f}));
        assertThat(both.docs()).containsExactly(0, 1, 2, 9);
        assertThat(both.scores()).containsExactly(.1f, .7f, .2f, .9f);
    }

    @Test
    void missing_ofOthers_areThoseNotHere() {
        assertThat(of(1, 1, 1).missing(new int[] {0, 1, 4, 5})).containsExactly(1, 5);
        assertThat(ScoredDocs.NONE.missing(new int[] {3})).containsExactly(3);
    }

    @Test
    void best_ofRandomScores_agreesWithSorting() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            var found = new ScoreDoc[1 + random.nextInt(60)];
            for (int i = 0; i < found.length; i++) {
                found[i] = new ScoreDoc(3 * i + random.nextInt(3), random.nextInt(-5, 5) / 5f);
            }
            int count = 1 + random.nextInt(found.length);
            List<Integer> expected = Arrays.stream(found)
                    .sorted(Comparator.comparingDouble((ScoreDoc one) -> -one.score)
                            .thenComparingInt(one -> one.doc))
                    .limit(count)
                    .map(one -> one.doc)
                    .sorted()
                    .toList();
            assertThat(ScoredDocs.of(found).best(count).docs())
                    .as("seed %d", seed)
                    .containsExactly(
                            expected.stream().mapToInt(Integer::intValue).toArray());
        }
    }
}
