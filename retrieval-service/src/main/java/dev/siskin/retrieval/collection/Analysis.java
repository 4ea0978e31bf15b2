package dev.siskin.retrieval.collection;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;

/**
 * Text to terms, by language and by version of the rules: an index is searched with the rules it was written with, which
 * its {@link CollectionManifest#analysis} names.
 *
 * <ul>
 *   <li>1: Lucene's analyzer of the language, which leaves identifiers whole.
 *   <li>2: {@link LanguageAnalyzer}, which also finds the words inside them.
 * </ul>
 */
public final class Analysis {
    /** The rules that new collections are written with. */
    public static final int VERSION = 2;

    private static final int VERSION_WHOLE_IDENTIFIERS = 1;

    private static final Map<String, Supplier<Analyzer>> OF_VERSION_1 = Map.ofEntries(
            Map.entry("da", DanishAnalyzer::new),
            Map.entry("de", GermanAnalyzer::new),
            Map.entry("en", EnglishAnalyzer::new),
            Map.entry("es", SpanishAnalyzer::new),
            Map.entry("fi", FinnishAnalyzer::new),
            Map.entry("fr", FrenchAnalyzer::new),
            Map.entry("it", ItalianAnalyzer::new),
            Map.entry("nl", DutchAnalyzer::new),
            Map.entry("no", NorwegianAnalyzer::new),
            Map.entry("pt", PortugueseAnalyzer::new),
            Map.entry("sv", SwedishAnalyzer::new));

    private Analysis() {}

    /** A new analyzer for the language, to be closed by the caller; empty where there is none under these rules. */
    static Optional<Analyzer> of(String language, int version) {
        return switch (version) {
            case VERSION_WHOLE_IDENTIFIERS ->
                Optional.ofNullable(OF_VERSION_1.get(language)).map(Supplier::get);
            case VERSION ->
                Optional.ofNullable(LanguageAnalyzer.BY_CODE.get(language)).map(LanguageAnalyzer::new);
            default -> Optional.empty();
        };
    }

    /** Codes of the languages a collection can be created with. */
    static Set<String> languages() {
        return new TreeSet<>(LanguageAnalyzer.BY_CODE.keySet());
    }
}
