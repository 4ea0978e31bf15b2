package dev.siskin.retrieval.collection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnalysisTest {
    private record Token(String term, int position, int start, int end) {}

    private static List<Token> tokens(String language, int version, String text) throws IOException {
        var tokens = new ArrayList<Token>();
        try (Analyzer analyzer = Analysis.of(language, version).orElseThrow();
                TokenStream stream = analyzer.tokenStream(ChunkSchema.BODY, text)) {
            var term = stream.addAttribute(CharTermAttribute.class);
            var offset = stream.addAttribute(OffsetAttribute.class);
            var increment = stream.addAttribute(PositionIncrementAttribute.class);
            stream.reset();
            int position = -1;
            while (stream.incrementToken()) {
                position += increment.getPositionIncrement();
                tokens.add(new Token(term.toString(), position, offset.startOffset(), offset.endOffset()));
            }
            stream.end();
        }
        return tokens;
    }

    private static List<String> terms(String text) throws IOException {
        return tokens("und", Analysis.VERSION, text).stream().map(Token::term).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "parseHttpHeader     | parsehttpheader parse http header",
                "HTTPServer2         | httpserver2 http server2 server",
                "getURLs             | geturls get urls",
                "max_batch_size      | max_batch_size max batch size",
                "ERR_CONN_RESET      | err_conn_reset err conn reset",
                "java.util.List      | java.util.list java util list",
                "siskin:problem      | siskin:problem siskin problem",
                "kebab-case          | kebab case",
                "src/main/App.java   | src main app.java app java",
                "lucene-10.6.0.jar   | lucene 10.6.0 jar",
                "v1.2.3              | v1.2.3 1.2.3",
                "log4j.properties    | log4j.properties log4j properties",
                "sha256_sum          | sha256_sum sha256 sha sum",
                "_private            | _private private",
                "mRNA                | mrna rna",
                "e.g. the U.S.       | e.g the u.s",
                "3.14 1,000 10.0.0.1 | 3.14 1,000 10.0.0.1",
                "p53 IL6 URLs NATO   | p53 il6 urls nato",
                "don't Größe         | don't größe",
            })
    void terms_ofAnIdentifier_areTheWholeAndItsWords(String text, String terms) throws IOException {
        assertThat(terms(text)).containsExactly(terms.split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"parseHttpHeader", "parse_http_header", "parse.http.header", "parse-http-header"})
    void terms_ofEverySpelling_holdTheSameWords(String text) throws IOException {
        assertThat(terms(text)).contains("parse", "http", "header");
    }

    @Test
    void words_ofAnIdentifier_shareItsPositionAndHaveTheirOwnOffsets() throws IOException {
        assertThat(tokens("en", Analysis.VERSION, "call parseHttp then"))
                .containsExactly(
                        new Token("call", 0, 0, 4),
                        new Token("parsehttp", 1, 5, 14),
                        new Token("pars", 1, 5, 10),
                        new Token("http", 1, 10, 14));
    }

    static Iterable<String> languages() {
        return Analysis.languages();
    }

    @ParameterizedTest
    @MethodSource("languages")
    void everyLanguage_findsAnIdentifierByItsWords(String language) throws IOException {
        List<String> ofText = tokens(language, Analysis.VERSION, "fetchRowData FETCH_ROW 42").stream()
                .map(Token::term)
                .toList();
        List<String> ofQuestion = tokens(language, Analysis.VERSION, "row 42").stream()
                .map(Token::term)
                .toList();
        assertThat(ofText).containsAll(ofQuestion);
        assertThat(ofQuestion).contains("42");
    }

    @ParameterizedTest
    @ValueSource(strings = {"da", "de", "en", "es", "fi", "fr", "it", "no", "pt", "sv"})
    void wordsOfALanguage_areThoseOfVersion1(String language) throws IOException {
        String text = "L'eau dell'arte, the running children's Häuser, kvinnorna está corriendo. Größte";
        assertThat(tokens(language, Analysis.VERSION, text)).isEqualTo(tokens(language, 1, text));
    }

    @Test
    void version1_leavesIdentifiersWhole() throws IOException {
        assertThat(tokens("en", 1, "parseHttpHeader")).extracting(Token::term).containsExactly("parsehttphead");
    }

    @Test
    void languageOrVersion_thatIsUnknown_hasNoAnalyzer() {
        assertThat(Analysis.of("tlh", Analysis.VERSION)).isEmpty();
        assertThat(Analysis.of("en", Analysis.VERSION + 1)).isEmpty();
        assertThat(Analysis.of("el", 1)).isEmpty();
    }
}
