package dev.siskin.retrieval.search;

import dev.siskin.question.QuestionWords;
import dev.siskin.retrieval.collection.ChunkSchema;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;

/**
 * The keyword side of a search: BM25 over title, context and text of a chunk, any term of the question counting. The
 * words by which a question asks are left out, see {@link QuestionWords}.
 */
final class KeywordSide {
    /** Most different terms of a question that count, the first ones. */
    static final int MAX_TERMS = 256;

    private final IndexSearcher searcher;
    private final Query query;
    private final Query filter;

    KeywordSide(IndexSearcher searcher, Analyzer analyzer, String question, Query filter) throws IOException {
        this.searcher = searcher;
        this.query = query(analyzer, QuestionWords.without(question));
        this.filter = filter;
    }

    private static Query query(Analyzer analyzer, String words) throws IOException {
        var counts = new LinkedHashMap<String, Integer>();
        try (TokenStream tokens = analyzer.tokenStream(ChunkSchema.BODY, words)) {
            CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken() && counts.size() < MAX_TERMS) {
                counts.merge(term.toString(), 1, Integer::sum);
            }
            tokens.end();
        }
        if (counts.isEmpty()) {
            return new MatchNoDocsQuery("no term of the question is searched for");
        }
        var any = new BooleanQuery.Builder();
        counts.forEach((term, count) -> {
            Query one = new TermQuery(new Term(ChunkSchema.BODY, term));
            any.add(count == 1 ? one : new BoostQuery(one, count), Occur.SHOULD);
        });
        return any.build();
    }

    /** The best chunks and their scores. */
    ScoredDocs best(int count) throws IOException {
        Query filtered = new BooleanQuery.Builder()
                .add(query, Occur.MUST)
                .add(filter, Occur.FILTER)
                .build();
        return ScoredDocs.of(searcher.search(filtered, count).scoreDocs);
    }

    /**
     * The scores of these Lucene documents; one without a term of the question is left out.
     *
     * @param docs ascending
     */
    ScoredDocs scores(int[] docs) throws IOException {
        int[] matching = new int[docs.length];
        float[] scores = new float[docs.length];
        int size = 0;
        Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
        List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
        int next = 0;
        while (next < docs.length) {
            LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(docs[next], leaves));
            int end = leaf.docBase + leaf.reader().maxDoc();
            Scorer scorer = weight.scorer(leaf);
            for (; next < docs.length && docs[next] < end; next++) {
                int doc = docs[next] - leaf.docBase;
                if (scorer == null) {
                    continue;
                }
                if (scorer.docID() < doc) {
                    scorer.iterator().advance(doc);
                }
                if (scorer.docID() == doc) {
                    matching[size] = docs[next];
                    scores[size++] = scorer.score();
                }
            }
        }
        return ScoredDocs.firstOf(matching, scores, size);
    }
}
