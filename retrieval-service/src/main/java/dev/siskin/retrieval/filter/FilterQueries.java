package dev.siskin.retrieval.filter;

import dev.siskin.api.Filter;
import dev.siskin.retrieval.collection.ChunkSchema;
import dev.siskin.retrieval.collection.MetadataType;
import dev.siskin.retrieval.collection.RetrievalException;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Filters as Lucene queries. A field that no document has, or a value of another type than the field's, matches nothing;
 * only a range that the field's type cannot have is an error.
 */
public final class FilterQueries {
    private final Map<String, MetadataType> types;

    /** @param types of the collection's metadata fields, of the snapshot that is searched */
    public FilterQueries(Map<String, MetadataType> types) {
        this.types = Map.copyOf(types);
    }

    /**
     * The query that matches the same documents, chunks and headers alike.
     *
     * @throws RetrievalException {@code IMPOSSIBLE} for a range over a field that has no order, or with bounds of another
     *     type than the field's
     */
    public Query of(Filter filter) {
        return switch (filter) {
            case Filter.All() -> MatchAllDocsQuery.INSTANCE;
            case Filter.Equal(String field, Object value) -> in(field, List.of(value));
            case Filter.In(String field, List<Object> values) -> in(field, values);
            case Filter.Range range -> range(range);
            case Filter.Exists(String field) -> new TermQuery(new Term(ChunkSchema.METADATA_NAMES, field));
            case Filter.Prefix(String field, String prefix) -> prefix(field, prefix);
            case Filter.And(List<Filter> clauses) -> all(clauses);
            case Filter.Or(List<Filter> clauses) -> any(clauses);
            case Filter.Not(Filter clause) -> none(clause);
        };
    }

    private Query in(String field, List<Object> values) {
        MetadataType type = types.get(field);
        if (type == null) {
            return new MatchNoDocsQuery("no document has this field");
        }
        List<BytesRef> terms = values.stream()
                .flatMap(value -> type.term(value).stream())
                .map(BytesRef::new)
                .toList();
        return new TermInSetQuery(ChunkSchema.terms(field), terms);
    }

    private Query prefix(String field, String prefix) {
        return types.get(field) == MetadataType.STRING
                ? new PrefixQuery(new Term(ChunkSchema.terms(field), prefix))
                : new MatchNoDocsQuery("not a field of strings");
    }

    private Query range(Filter.Range range) {
        MetadataType type = types.get(range.field());
        return switch (type) {
            case null -> new MatchNoDocsQuery("no document has this field");
            case NUMBER -> numbers(range);
            case DATE -> dates(range);
            case STRING, BOOLEAN ->
                throw impossible("filter 'range' needs numbers or dates, and field '%s' holds a %s"
                        .formatted(range.field(), type.wireName()));
        };
    }

    private static Query numbers(Filter.Range range) {
        double least = Double.NEGATIVE_INFINITY;
        double most = Double.POSITIVE_INFINITY;
        if (range.gte() != null) {
            least = number(range.field(), range.gte());
        }
        if (range.gt() != null) {
            least = Math.max(least, DoublePoint.nextUp(number(range.field(), range.gt())));
        }
        if (range.lte() != null) {
            most = number(range.field(), range.lte());
        }
        if (range.lt() != null) {
            most = Math.min(most, DoublePoint.nextDown(number(range.field(), range.lt())));
        }
        return DoublePoint.newRangeQuery(ChunkSchema.points(range.field()), least, most);
    }

    private static Query dates(Filter.Range range) {
        long least = Long.MIN_VALUE;
        long most = Long.MAX_VALUE;
        if (range.gte() != null) {
            least = micros(range.field(), range.gte());
        }
        if (range.gt() != null) {
            least = Math.max(least, micros(range.field(), range.gt()) + 1);
        }
        if (range.lte() != null) {
            most = micros(range.field(), range.lte());
        }
        if (range.lt() != null) {
            most = Math.min(most, micros(range.field(), range.lt()) - 1);
        }
        return LongPoint.newRangeQuery(ChunkSchema.points(range.field()), least, most);
    }

    private static double number(String field, @Nullable Object bound) {
        if (bound instanceof Number number) {
            return number.doubleValue();
        }
        throw impossible("filter 'range' over field '%s' needs numbers: %s".formatted(field, bound));
    }

    private static long micros(String field, Object bound) {
        return MetadataType.micros(bound)
                .orElseThrow(() ->
                        impossible("filter 'range' over field '%s' needs RFC 3339 dates: %s".formatted(field, bound)));
    }

    private Query all(List<Filter> clauses) {
        var query = new BooleanQuery.Builder();
        clauses.forEach(clause -> query.add(of(clause), Occur.FILTER));
        return query.build();
    }

    private Query any(List<Filter> clauses) {
        var query = new BooleanQuery.Builder();
        clauses.forEach(clause -> query.add(of(clause), Occur.SHOULD));
        return query.build();
    }

    private Query none(Filter clause) {
        return new BooleanQuery.Builder()
                .add(MatchAllDocsQuery.INSTANCE, Occur.FILTER)
                .add(of(clause), Occur.MUST_NOT)
                .build();
    }

    private static RetrievalException impossible(String message) {
        return new RetrievalException(RetrievalException.Kind.IMPOSSIBLE, message);
    }
}
