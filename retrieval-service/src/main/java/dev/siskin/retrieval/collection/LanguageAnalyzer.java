package dev.siskin.retrieval.collection;

import static java.util.Map.entry;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.ar.ArabicNormalizationFilter;
import org.apache.lucene.analysis.ar.ArabicStemFilter;
import org.apache.lucene.analysis.bg.BulgarianAnalyzer;
import org.apache.lucene.analysis.bg.BulgarianStemFilter;
import org.apache.lucene.analysis.ca.CatalanAnalyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.core.DecimalDigitFilter;
import org.apache.lucene.analysis.cz.CzechAnalyzer;
import org.apache.lucene.analysis.cz.CzechStemFilter;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.de.GermanNormalizationFilter;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.el.GreekLowerCaseFilter;
import org.apache.lucene.analysis.el.GreekStemFilter;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.es.SpanishLightStemFilter;
import org.apache.lucene.analysis.et.EstonianAnalyzer;
import org.apache.lucene.analysis.eu.BasqueAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.fr.FrenchLightStemFilter;
import org.apache.lucene.analysis.gl.GalicianAnalyzer;
import org.apache.lucene.analysis.gl.GalicianStemFilter;
import org.apache.lucene.analysis.hi.HindiAnalyzer;
import org.apache.lucene.analysis.hi.HindiNormalizationFilter;
import org.apache.lucene.analysis.hi.HindiStemFilter;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.hy.ArmenianAnalyzer;
import org.apache.lucene.analysis.id.IndonesianAnalyzer;
import org.apache.lucene.analysis.id.IndonesianStemFilter;
import org.apache.lucene.analysis.in.IndicNormalizationFilter;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.it.ItalianLightStemFilter;
import org.apache.lucene.analysis.lt.LithuanianAnalyzer;
import org.apache.lucene.analysis.lv.LatvianAnalyzer;
import org.apache.lucene.analysis.lv.LatvianStemFilter;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseLightStemFilter;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sr.SerbianAnalyzer;
import org.apache.lucene.analysis.sr.SerbianNormalizationFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.tartarus.snowball.SnowballStemmer;
import org.tartarus.snowball.ext.ArmenianStemmer;
import org.tartarus.snowball.ext.BasqueStemmer;
import org.tartarus.snowball.ext.CatalanStemmer;
import org.tartarus.snowball.ext.DanishStemmer;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.EstonianStemmer;
import org.tartarus.snowball.ext.FinnishStemmer;
import org.tartarus.snowball.ext.HungarianStemmer;
import org.tartarus.snowball.ext.LithuanianStemmer;
import org.tartarus.snowball.ext.NorwegianStemmer;
import org.tartarus.snowball.ext.RomanianStemmer;
import org.tartarus.snowball.ext.RussianStemmer;
import org.tartarus.snowball.ext.SerbianStemmer;
import org.tartarus.snowball.ext.SwedishStemmer;
import org.tartarus.snowball.ext.TurkishStemmer;

/**
 * Text to terms: Unicode words, the words inside identifiers, lower case, no stop words, stems. The filters and stop
 * words of a language are those of Lucene's analyzer for it, which would leave identifiers whole.
 */
final class LanguageAnalyzer extends Analyzer {
    private static final CharArraySet ITALIAN_ELISIONS =
            elisions("c l all dall dell nell sull coll pell gl agl dagl degl negl sugl un m t s v d");
    private static final CharArraySet CATALAN_ELISIONS = elisions("d l m n s t");

    /** By ISO 639-1 code; {@code und} (of ISO 639-2) is text of no or of many languages: neither stop words nor stems. */
    static final Map<String, Language> BY_CODE = Map.ofEntries(
            entry(
                    "ar",
                    stems(
                                    ArabicAnalyzer::getDefaultStopSet,
                                    in -> new ArabicStemFilter(new ArabicNormalizationFilter(in)))
                            .lowering(in -> new DecimalDigitFilter(new LowerCaseFilter(in)))),
            entry("bg", stems(BulgarianAnalyzer::getDefaultStopSet, BulgarianStemFilter::new)),
            entry(
                    "ca",
                    snowball(CatalanAnalyzer::getDefaultStopSet, CatalanStemmer::new)
                            .lowering(in -> new LowerCaseFilter(new ElisionFilter(in, CATALAN_ELISIONS)))),
            entry("cs", stems(CzechAnalyzer::getDefaultStopSet, CzechStemFilter::new)),
            entry("da", snowball(DanishAnalyzer::getDefaultStopSet, DanishStemmer::new)),
            entry(
                    "de",
                    stems(
                            GermanAnalyzer::getDefaultStopSet,
                            in -> new GermanLightStemFilter(new GermanNormalizationFilter(in)))),
            entry(
                    "el",
                    stems(GreekAnalyzer::getDefaultStopSet, GreekStemFilter::new)
                            .lowering(GreekLowerCaseFilter::new)),
            entry(
                    "en",
                    stems(EnglishAnalyzer::getDefaultStopSet, PorterStemFilter::new)
                            .lowering(in -> new LowerCaseFilter(new EnglishPossessiveFilter(in)))),
            entry("es", stems(SpanishAnalyzer::getDefaultStopSet, SpanishLightStemFilter::new)),
            entry("et", snowball(EstonianAnalyzer::getDefaultStopSet, EstonianStemmer::new)),
            entry("eu", snowball(BasqueAnalyzer::getDefaultStopSet, BasqueStemmer::new)),
            entry("fi", snowball(FinnishAnalyzer::getDefaultStopSet, FinnishStemmer::new)),
            entry(
                    "fr",
                    stems(FrenchAnalyzer::getDefaultStopSet, FrenchLightStemFilter::new)
                            .lowering(
                                    in -> new LowerCaseFilter(new ElisionFilter(in, FrenchAnalyzer.DEFAULT_ARTICLES)))),
            entry("gl", stems(GalicianAnalyzer::getDefaultStopSet, GalicianStemFilter::new)),
            entry(
                    "hi",
                    stems(HindiAnalyzer::getDefaultStopSet, HindiStemFilter::new)
                            .lowering(in -> new HindiNormalizationFilter(
                                    new IndicNormalizationFilter(new DecimalDigitFilter(new LowerCaseFilter(in)))))),
            entry("hu", snowball(HungarianAnalyzer::getDefaultStopSet, HungarianStemmer::new)),
            entry("hy", snowball(ArmenianAnalyzer::getDefaultStopSet, ArmenianStemmer::new)),
            entry("id", stems(IndonesianAnalyzer::getDefaultStopSet, IndonesianStemFilter::new)),
            entry(
                    "it",
                    stems(ItalianAnalyzer::getDefaultStopSet, ItalianLightStemFilter::new)
                            .lowering(in -> new LowerCaseFilter(new ElisionFilter(in, ITALIAN_ELISIONS)))),
            entry("ja", bigrams()),
            entry("ko", bigrams()),
            entry("lt", snowball(LithuanianAnalyzer::getDefaultStopSet, LithuanianStemmer::new)),
            entry("lv", stems(LatvianAnalyzer::getDefaultStopSet, LatvianStemFilter::new)),
            entry("nl", snowball(DutchAnalyzer::getDefaultStopSet, DutchStemmer::new)),
            entry("no", snowball(NorwegianAnalyzer::getDefaultStopSet, NorwegianStemmer::new)),
            entry("pt", stems(PortugueseAnalyzer::getDefaultStopSet, PortugueseLightStemFilter::new)),
            entry("ro", snowball(RomanianAnalyzer::getDefaultStopSet, RomanianStemmer::new)),
            entry("ru", snowball(RussianAnalyzer::getDefaultStopSet, RussianStemmer::new)),
            entry(
                    "sr",
                    stems(
                            SerbianAnalyzer::getDefaultStopSet,
                            in -> new SerbianNormalizationFilter(new SnowballFilter(in, new SerbianStemmer())))),
            entry("sv", snowball(SwedishAnalyzer::getDefaultStopSet, SwedishStemmer::new)),
            entry(
                    "tr",
                    snowball(TurkishAnalyzer::getDefaultStopSet, TurkishStemmer::new)
                            .lowering(in -> new TurkishLowerCaseFilter(new ApostropheFilter(in)))),
            entry("und", stems(() -> CharArraySet.EMPTY_SET, UnaryOperator.identity())),
            entry("zh", bigrams()));

    private final Language language;

    LanguageAnalyzer(Language language) {
        this.language = language;
    }

    /**
     * What a language adds to words.
     *
     * @param lowering to lower case, and what must come before stop words are left out
     * @param stemming of the words that are left
     */
    record Language(
            Supplier<CharArraySet> stopWords,
            UnaryOperator<TokenStream> lowering,
            UnaryOperator<TokenStream> stemming) {
        Language lowering(UnaryOperator<TokenStream> other) {
            return new Language(stopWords, other, stemming);
        }
    }

    @Override
    protected TokenStreamComponents createComponents(String field) {
        var words = new StandardTokenizer();
        TokenStream lowered = language.lowering().apply(new IdentifierFilter(words));
        TokenStream kept = new StopFilter(lowered, language.stopWords().get());
        return new TokenStreamComponents(words, language.stemming().apply(kept));
    }

    private static Language stems(Supplier<CharArraySet> stopWords, UnaryOperator<TokenStream> stemming) {
        return new Language(stopWords, LowerCaseFilter::new, stemming);
    }

    private static Language snowball(Supplier<CharArraySet> stopWords, Supplier<SnowballStemmer> stemmer) {
        return stems(stopWords, in -> new SnowballFilter(in, stemmer.get()));
    }

    /** Chinese, Japanese and Korean are written without spaces: each two neighbouring characters are a term. */
    private static Language bigrams() {
        return stems(CJKAnalyzer::getDefaultStopSet, UnaryOperator.identity())
                .lowering(in -> new CJKBigramFilter(new LowerCaseFilter(new CJKWidthFilter(in))));
    }

    private static CharArraySet elisions(String articles) {
        return CharArraySet.unmodifiableSet(new CharArraySet(List.of(articles.split(" ")), true));
    }
}
