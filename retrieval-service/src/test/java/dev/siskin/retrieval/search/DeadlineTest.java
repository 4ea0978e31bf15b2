package dev.siskin.retrieval.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.api.Chunk;
import dev.siskin.api.CollectionSpec;
import dev.siskin.api.Document;
import dev.siskin.api.Hit;
import dev.siskin.api.Quantization;
import dev.siskin.api.SearchMode;
import dev.siskin.api.SearchRequest;
import dev.siskin.embedding.ModelFingerprint;
import dev.siskin.embedding.Pooling;
import dev.siskin.retrieval.collection.Collection;
import dev.siskin.retrieval.collection.CollectionKey;
import dev.siskin.retrieval.collection.CollectionManifest;
import dev.siskin.retrieval.collection.Collections;
import dev.siskin.retrieval.collection.PreparedDocument;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.collection.WriteBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A clock that goes on by one with every look at it makes a deadline pass at any point of a search. */
class DeadlineTest {
    private static final int DIMENSIONS = 16;
    private static final int DOCUMENTS = 4_000;

    @TempDir
    static Path data;

    private static Collections collections;
    private static Collection collection;

    @BeforeAll
    static void fill() throws IOException {
        collections = Collections.open(data);
        var key = new CollectionKey("default", "docs");
        var model = new ModelFingerprint(1, "m", "", "", Pooling.CLS, "", "", DIMENSIONS, 512, true, List.of());
        collections.create(
                key,
                CollectionManifest.of(
                        "docs",
                        new CollectionManifest.Spec("m", Quantization.INT4, CollectionSpec.DEFAULT_LANGUAGE),
                        model,
                        Instant.EPOCH));
        collection = collections.get(key);
        var random = new Random(1);
        WriteBatch batch = collection.begin();
        for (int i = 0; i < DOCUMENTS; i++) {
            String text = "finch number " + i;
            var chunk = new Chunk(text, null, null, null, 0, text.length(), vector(random));
            var document = new Document("d" + i, null, null, null, Map.of(), List.of(chunk), null);
            batch.put(PreparedDocument.of(document, DIMENSIONS, _ -> vector(random)));
        }
        batch.commit();
    }

    @AfterAll
    static void close() throws IOException {
        collections.close();
    }

    private static float[] vector(Random random) {
        var vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static SearchEngine.Results search(SearchMode mode, boolean exact, Deadline deadline) throws IOException {
        var request = new SearchRequest(
                "finch", vector(new Random(2)), 50, mode, null, null, null, null, null, null, null, exact, null);
        SearchPlan plan = SearchPlan.of(request, DIMENSIONS);
        return new SearchEngine().search(collection, plan, plan.vector(), deadline, _ -> {});
    }

    private static Deadline afterLooks(int looks) {
        var clock = new AtomicLong();
        return new Deadline(looks, clock::getAndIncrement);
    }

    @ParameterizedTest
    @CsvSource({
        "KEYWORD, false",
        "VECTOR, false",
        "VECTOR, true",
        "HYBRID, false",
        "HYBRID, true",
    })
    void search_whereverTheDeadlinePasses_saysThatItIsPartialOrNothing(SearchMode mode, boolean exact)
            throws IOException {
        var outcomes = new HashSet<String>();
        int looks = 0;
        while (!outcomes.contains("whole")) {
            try {
                SearchEngine.Results results = search(mode, exact, afterLooks(looks));
                assertThat(results.hits()).as("%d looks", looks).isNotEmpty();
                outcomes.add(results.partial() ? "partial" : "whole");
            } catch (RetrievalException late) {
                assertThat(late.kind()).isEqualTo(RetrievalException.Kind.DEADLINE);
                outcomes.add("nothing");
            }
            looks += 1 + looks / 10;
        }
        assertThat(outcomes).containsExactlyInAnyOrder("nothing", "partial", "whole");
    }

    @Test
    void partialHits_areOrderedAndScoredAsAlways() throws IOException {
        Map<String, Double> whole = new java.util.HashMap<>();
        for (Hit hit :
                search(SearchMode.VECTOR, true, afterLooks(Integer.MAX_VALUE)).hits()) {
            whole.put(hit.documentId(), hit.score());
        }
        SearchEngine.Results partial = search(SearchMode.VECTOR, true, afterLooks(3));
        assertThat(partial.partial()).isTrue();
        assertThat(partial.hits()).extracting(Hit::score).isSortedAccordingTo(java.util.Comparator.reverseOrder());
        assertThat(partial.hits())
                .filteredOn(hit -> whole.containsKey(hit.documentId()))
                .isNotEmpty()
                .allSatisfy(hit -> assertThat(hit.score()).isEqualTo(whole.get(hit.documentId())));
    }

    @Test
    void search_withoutAVector_searchesByKeywordsWithinTheSameDeadline() throws IOException {
        var request = SearchRequest.of("finch");
        SearchEngine.Results results = new SearchEngine()
                .search(
                        collection,
                        SearchPlan.of(request, DIMENSIONS),
                        Optional.empty(),
                        afterLooks(Integer.MAX_VALUE),
                        _ -> {});
        assertThat(results.hits()).hasSize(SearchRequest.DEFAULT_K);
        assertThat(results.partial()).isFalse();
    }

    @Test
    void search_tellsOfTheTextsItKeeps_andEndsWhereTheyAreRefused() throws IOException {
        var told = new AtomicLong();
        SearchPlan plan = SearchPlan.of(SearchRequest.of("finch"), DIMENSIONS);
        SearchEngine.Results results = new SearchEngine()
                .search(collection, plan, Optional.empty(), afterLooks(Integer.MAX_VALUE), told::addAndGet);
        long texts = results.hits().stream()
                .mapToLong(hit -> String.valueOf(hit.text()).length())
                .sum();
        assertThat(told.get()).isGreaterThanOrEqualTo(texts).isPositive();
        assertThatThrownBy(() -> new SearchEngine()
                        .search(collection, plan, Optional.empty(), afterLooks(Integer.MAX_VALUE), _ -> {
                            throw new IllegalStateException("too much");
                        }))
                .hasMessage("too much");
    }
}
