package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.TimeAllowance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads a folder of some hundred real files of many formats, those of Apache Tika's own tests, which are not part of
 * this repository: {@code documents/formats} in the folder that {@code SISKIN_TEST_DATA} names (environment variable or
 * system property). Skipped where it is absent. {@code docs/formats.md} shows the outcomes.
 */
class FormatsTest {
    private static final TimeAllowance ALLOWANCE = new TimeAllowance(Duration.ofMinutes(5));

    private static final String DATA = "SISKIN_TEST_DATA";

    private static final Map<String, Outcome> OUTCOMES = new TreeMap<>();

    /**
     * What became of a file.
     *
     * @param text titles of sections as lines that begin with {@code #}, blocks below them
     * @param refusal empty where it was read
     */
    private record Outcome(Optional<String> title, Map<String, Object> metadata, String text, String refusal) {}

    @BeforeAll
    static void readAll() throws Exception {
        String data = System.getProperty(DATA, System.getenv().getOrDefault(DATA, ""));
        Path folder = Path.of(data).resolve("documents/formats");
        if (data.isEmpty() || !Files.isDirectory(folder)) {
            return;
        }
        var limits = new ReadLimits(64 << 20, 8_000_000, Duration.ofSeconds(60), ALLOWANCE, 128 << 20);
        try (var reader = new DocumentReader(limits);
                var files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                OUTCOMES.put(name, read(reader, new SourceFile(file, "formats", name)));
            }
        }
    }

    @BeforeEach
    void skipWithoutData() {
        assumeTrue(
                !OUTCOMES.isEmpty(),
                DATA + " names no folder with documents/formats, the files of Apache Tika's tests");
    }

    private static Outcome read(DocumentReader reader, SourceFile file) throws InterruptedException {
        var collected = new Collected();
        String refusal = "";
        try {
            reader.read(file, collected);
        } catch (UnreadableDocumentException unreadable) {
            assertThat(unreadable.remedy()).as(file.fileName()).isNotBlank();
            refusal = String.valueOf(unreadable.getMessage());
        }
        if (collected.parts().isEmpty()) {
            return new Outcome(Optional.empty(), Map.of(), "", refusal);
        }
        var text = new StringBuilder();
        for (ExtractedText part : collected.parts()) {
            for (Section section : part.sections()) {
                text.append("# ").append(String.join(" > ", section.path())).append('\n');
                for (Block block : section.blocks()) {
                    text.append(part.text(), block.start(), block.end()).append('\n');
                }
            }
        }
        return new Outcome(collected.title(), collected.metadata(), text.toString(), refusal);
    }

    private static Outcome outcome(String file) {
        Outcome outcome = OUTCOMES.get(file);
        assertThat(outcome).as(file).isNotNull();
        return outcome;
    }

    /** Files that are read, and those that are refused by their reason; by extension. */
    @Test
    void outcomes_areAsDocumented() {
        Map<String, String> byFormat = OUTCOMES.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> entry.getKey().substring(entry.getKey().lastIndexOf('.') + 1),
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.groupingBy(
                                        entry -> kind(entry.getValue().refusal()), TreeMap::new, Collectors.counting()),
                                Object::toString)));

        assertThat(byFormat)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("csv", "{read=3}"),
                        Map.entry("doc", "{no text=1, password=2, read=37, unknown=1}"),
                        Map.entry("docx", "{damaged=1, no text=2, password=3, read=55}"),
                        Map.entry("eml", "{read=9}"),
                        Map.entry("epub", "{read=2}"),
                        Map.entry("html", "{no text=1, read=28}"),
                        Map.entry("mbox", "{read=9}"),
                        Map.entry("md", "{read=2}"),
                        Map.entry("msg", "{read=12}"),
                        Map.entry("odp", "{no text=1, read=2}"),
                        Map.entry("ods", "{read=4}"),
                        Map.entry("odt", "{password=1, read=15}"),
                        Map.entry("pdf", "{no text=17, password=4, read=33}"),
                        Map.entry("ppt", "{no text=3, password=1, read=18}"),
                        Map.entry("pptx", "{no text=2, password=1, read=26}"),
                        Map.entry("rtf", "{no text=1, read=42}"),
                        Map.entry("txt", "{read=25}"),
                        Map.entry("xls", "{password=2, read=26}"),
                        Map.entry("xlsx", "{no text=1, password=2, read=29, unknown=1}"),
                        Map.entry("xml", "{damaged=1, no text=1, read=43}")));
    }

    private static String kind(String refusal) {
        return switch (refusal) {
            case "" -> "read";
            case "no text found in it" -> "no text";
            case "is protected by a password" -> "password";
            default -> refusal.contains("damaged") ? "damaged" : "unknown";
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "testCSV.csv | Number,Square",
                "test-columnar.csv | This is row            2 of           10",
                "testWORD.doc | # Heading Level 1 > Heading Level 2 > Heading Level 3",
                "testWORD6.doc | The quick brown fox jumps over the lazy dog",
                "testException1.doc | Disability Access and Inclusion Plans",
                "testWORD_2006ml.doc | The quick brown fox jumped over",
                "testWORD_numbered_list.doc | Intervening",
                "testWORD_embeded.doc | # The quick brown fox jumps over the lazy dog > Sheet1",
                "testMSEquation-govdocs-863534.doc | # Lattice design strategy for the multi-GeV SC linac",
                "test_recursive_embedded.doc | # embed1.zip > embed2.zip > embed3.zip > embed3.txt",
                "testWORDML_tableInsideParagraph.doc | Some Data | Second column | Third",
                "testWORD.docx | # Heading Level 1 > Heading Level 2 > Heading Level 3",
                "NullHeader.docx | Hundreds injured in Yemen protest",
                "footnotes.docx | Eto ochen prostoy text so snoskoy",
                "testAltChunkHTML.docx | Col 1 | Col 2",
                "EmbeddedOutlook.docx | # licensedTestMsgwAtt.msg > docSavedAspdf.pdf",
                "testWORD_EMFAndAttachments.docx | # TestPdf.pdf",
                "testHoverAndVml.docx | Click me",
                "testWORD_charts.docx | NUMBER January February",
                "testWORD_phonetic.docx | 東京",
                "testWORD_emptyParaInTextbox.docx | # Komisia SAV pre posudzovanie",
                "testRFC822_multipart_attachments.eml | # Test TxtA.txt",
                "testGroupWiseEml.eml | From Novell GroupWise <$$$.$$$.$$$>, 2013-06-27T11:27:12Z",
                "testRFC822_dkim.eml | Are you hungry yet?",
                "testRFC822_x-.eml | RFC822 messages not parsed",
                "testEPUB.epub | # Chapter 2 > Subchapter 2.1",
                "testEPUB_xml_ext.epub | the clocks were striking",
                "testArabicMisleadingCharset.html | في قرية من القرى",
                "test_ignore_IBM420.html | Please check your email",
                "testHTML_charset_utf16le.html | This is a sample text",
                "testHTML_utf8.html | # Content with UTF-8 chars",
                "testBoilerplateMissingSpace.html | deep sea fish of the family Psychrolutidae",
                "tika434.html | Large Private Cottage facing Lamoka Lake",
                "big-preamble.html | # КОНТИНЕНТ-Недвижимость:",
                "complex.mbox | # Re: question about when shuffle/sort start working",
                "testMBOX_lengthy_x-headers.mbox | the quick brown fox jumped over the lazy dog",
                "testMARKDOWN.md | System.out.println",
                "testMSG.msg | modular and extensible",
                "testMSG_att_doc.msg | # test-unicode.doc",
                "testMSG_att_msg.msg | From Nick Booth, 2010-06-17T23:52:19Z",
                "testMSG_chinese.msg | 恭喜",
                "testMasterFooter.odp | Master footer is here",
                "LibreOfficeCalc_ods_1.3.ods | This | is | an | example | spreadsheet",
                "testFooter.ods | Data 3 | Data 4",
                "testNPEOpenDocument.odt | # Práctica de GnuPG",
                "testODT_svgTitleInStyledSpan.odt | 國立雲林科技大學",
                "testODTnotaZipFile.odt | This is not a zip file!",
                "testPDF.pdf | Content Analysis Toolkit",
                "testPDF_rotated.pdf | Content Analysis Toolkit",
                "testPDF_bad_page_303226.pdf | periodic reports with the Special Agent",
                "testPDFTwoTextBoxes.pdf | Left column line 2",
                "testPDFFileEmbInAnnotation.pdf | # Excel.xlsx > Sheet1",
                "testPDF_multiFormatEmbFiles.pdf | # TestUnix.txt",
                "testPDF_acroform3.pdf | aTextField: TIKA-1226",
                "testPopupAnnotation.pdf | this is the note",
                "testPPT.ppt | # Sample Powerpoint Slide",
                "testPPT_skipBadCompressedObject.ppt | # Background",
                "testPPT_EmbeddedPDF.ppt | Content Analysis Toolkit",
                "testPPT_various2.pptx | # Slide2Header",
                "testPPT_diagramData.pptx | VP - Marketing",
                "test_embedded_zip.pptx | # Java Dump",
                "testRTFJapanese.rtf | 古書店で処刑記録見つかる",
                "testRTFWindowsCodepage1250.rtf | zażółć gęślą jaźń",
                "testRTFEmbeddedLink.rtf | This is a sample Microsoft Word Document.",
                "testRTFRegularImages.rtf | Duck:",
                "russian.cp866.txt | Однажды, в студеную зимнюю пору",
                "english.cp500.txt | IntelliStation POWER",
                "testMessageNews.txt | Scene IV",
                "testTXT_win-1252.txt | These smart quotes",
                "a_microarray.txt | Sample Name",
                "testEXCEL.xls | # Feuil1",
                "testEXCEL_5.xls | Number",
                "testEXCEL_embeddedPDF_mac.xls | Content Analysis Toolkit",
                "testEXCEL_phonetic.xlsx | 4 | システム | 事業 | 戦略",
                "CVLKRA-KYC_Download_File_Structure_V3.1.xlsx | # KYC HEADER",
                "testEXCEL_textbox.xlsx | this is some autoshape text",
                "test-columnar.xlsx | This is row 2 of 10",
                "testEXCEL2003.xml | Col1 | Col2 | Col3 | Col4",
                "testWORD_2003ml.xml | The quick brown fox jumped over",
                "testTEI.xml | Bi-criteria Algorithm for Scheduling Jobs",
                "testXML.xml | Tika test document",
            })
    void text_isFound(String row) {
        int border = row.indexOf(" | ");
        String file = row.substring(0, border).strip();

        assertThat(outcome(file).text())
                .as(file)
                .contains(row.substring(border + 3).strip());
    }

    @Test
    void titlesAndMetadata_areThoseThatSomebodyGave() {
        assertThat(outcome("testOCR.pptx").title()).contains("This is some text");
        assertThat(outcome("EmbeddedPDF.docx").title()).isEmpty();
        assertThat(outcome("testComment.xlsx").title()).isEmpty();
        assertThat(outcome("testComment.xlsx").metadata()).containsOnly(Map.entry("modified", "2014-08-04T15:40:06Z"));
        assertThat(outcome("testMSG.msg").title()).contains("MIME registry use cases");
        assertThat(outcome("testRFC822_dkim.eml").metadata())
                .containsEntry("author", "Joe SixPack <joe@football.example.com>")
                .containsEntry("created", "2003-07-12T04:00:37Z");
        assertThat(outcome("testPDF-custommetadata.pdf").metadata()).containsEntry("language", "de-ch");
        assertThat(outcome("testEPUB_xml_ext.epub").metadata()).containsEntry("author", "George Orwell");
    }

    @Test
    void text_hasNoNoise() {
        List<String> noise = List.of("<rdf:", "xpacket", "noteRef:", "MERGEFORMAT", "\u0000", "| | |\n", "Exif");

        OUTCOMES.forEach((file, outcome) -> assertThat(noise).as(file).noneMatch(outcome.text()::contains));
        assertThat(OUTCOMES.values()).noneMatch(outcome -> outcome.text().contains("image1."));
    }
}
