package dev.siskin.inference.cache;

import dev.siskin.api.AnswerResponse.Citation;
import dev.siskin.api.Hit;
import dev.siskin.api.SearchResponse;
import org.jspecify.annotations.Nullable;

/**
 * Estimated bytes on the heap. Strings count as their encoding is (one byte a character where all are Latin-1,
 * else two); records and boxes by generous constants, so that the true figure is rather below.
 */
final class Footprint {
    private static final int ENTRY_BYTES = 200;
    private static final int STRING_BYTES = 40;
    private static final int RECORD_BYTES = 160;
    private static final int HIGHLIGHT_BYTES = 32;

    private Footprint() {}

    static int of(CacheKey.Passages key) {
        return ENTRY_BYTES + of(key.query()) + of(key.filter().toString());
    }

    static int of(SearchResponse found) {
        return RECORD_BYTES + found.hits().stream().mapToInt(Footprint::of).sum();
    }

    static int of(MadeAnswer answer) {
        return RECORD_BYTES
                + of(answer.text())
                + of(answer.route().reason())
                + answer.citations().stream().mapToInt(Footprint::of).sum();
    }

    private static int of(Hit hit) {
        return RECORD_BYTES
                + of(hit.documentId())
                + of(hit.text())
                + of(hit.context())
                + of(hit.heading())
                + of(hit.title())
                + of(hit.uri())
                + hit.highlights().size() * HIGHLIGHT_BYTES;
    }

    private static int of(Citation citation) {
        return RECORD_BYTES
                + of(citation.documentId())
                + of(citation.quote())
                + of(citation.title())
                + of(citation.uri())
                + of(citation.heading());
    }

    private static int of(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        boolean latin1 = text.chars().allMatch(c -> c <= 0xFF);
        return STRING_BYTES + text.length() * (latin1 ? 1 : 2);
    }
}
