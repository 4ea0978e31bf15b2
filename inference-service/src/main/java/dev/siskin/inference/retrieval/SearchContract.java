package dev.siskin.inference.retrieval;

import dev.siskin.api.Hit;
import dev.siskin.api.SearchResponse;
import java.util.Optional;

/** What the stages behind a search rely on: JSON of the right shape may still lack fields and point outside texts. */
final class SearchContract {
    private SearchContract() {}

    /** The first thing that is wrong, one line. */
    static Optional<String> broken(SearchResponse response, Query query) {
        if (response.hits() == null) {
            return Optional.of("hits is missing");
        }
        if (response.hits().size() > query.topK()) {
            return Optional.of(response.hits().size() + " hits where " + query.topK() + " were asked for");
        }
        if (response.generation() < query.minGeneration().orElse(0)) {
            return Optional.of("generation " + response.generation() + " where min_generation="
                    + query.minGeneration().orElse(0) + " was asked for");
        }
        for (int i = 0; i < response.hits().size(); i++) {
            Hit hit = response.hits().get(i);
            Optional<String> wrong = hit == null ? Optional.of("is null") : broken(hit);
            if (wrong.isPresent()) {
                return Optional.of("hits[" + i + "] " + wrong.get());
            }
        }
        return Optional.empty();
    }

    private static Optional<String> broken(Hit hit) {
        if (hit.documentId() == null || hit.text() == null || hit.scores() == null || hit.highlights() == null) {
            return Optional.of("lacks document_id, text, scores or highlights");
        }
        if (hit.start() < 0 || (long) hit.end() - hit.start() != hit.text().length()) {
            return Optional.of("has text of " + hit.text().length() + " at [" + hit.start() + ", " + hit.end() + ")");
        }
        for (Hit.Highlight highlight : hit.highlights()) {
            if (highlight == null
                    || highlight.start() < hit.start()
                    || highlight.end() < highlight.start()
                    || highlight.end() > hit.end()) {
                return Optional.of("has a highlight outside its text");
            }
        }
        return Optional.empty();
    }
}
