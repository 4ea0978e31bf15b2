package dev.siskin.indexer.reading;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.TimeAllowance;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xslf.usermodel.XMLSlideShow;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a document is content, and where it stands. */
class DocumentContentTest {
    private static final TimeAllowance ALLOWANCE = new TimeAllowance(Duration.ofMinutes(5));

    @TempDir
    Path folder;

    /** One parser process for all tests. */
    private static final DocumentReader READER =
            new DocumentReader(new ReadLimits(16 << 20, 1_000_000, Duration.ofSeconds(60), ALLOWANCE, 96 << 20));

    @AfterAll
    static void close() {
        READER.close();
    }

    private SourceFile file(String name, byte[] content) throws IOException {
        return new SourceFile(Files.write(folder.resolve(name), content), "test", name);
    }

    private Collected read(String name, byte[] content) throws Exception {
        var collected = new Collected();
        READER.read(file(name, content), collected);
        return collected;
    }

    private Collected read(String name, String content) throws Exception {
        return read(name, content.getBytes(UTF_8));
    }

    private UnreadableDocumentException refused(String name, byte[] content) throws IOException {
        SourceFile file = file(name, content);
        return catchThrowableOfType(UnreadableDocumentException.class, () -> READER.read(file, new Collected()));
    }

    @Test
    void html_navigationFootersAndAsides_areNoContent() throws Exception {
        Collected page = read("page.html", """
                <html><body><header><h1>Site</h1><nav><a href="/">Home</a></nav></header>
                <main><h2>Article</h2><p>The text.</p><select><option>one</option></select></main>
                <aside>Related</aside><div role="navigation">Next</div><p hidden>Unseen</p>
                <footer>Imprint</footer></body></html>""");

        assertThat(page.blocks()).containsExactly("PROSE The text.");
        assertThat(page.paths()).containsExactly("Site", "Site > Article");
    }

    @Test
    void html_thatIsAllNavigation_isReadWhole() throws Exception {
        Collected page = read("page.html", "<html><body><nav><a>Home</a></nav><footer>Imprint</footer></body></html>");

        assertThat(page.blocks()).containsExactly("PROSE Home", "PROSE Imprint");
    }

    @Test
    void html_thatDeclaresTheWrongEncoding_isReadByItsBytes() throws Exception {
        String arabic = "في قرية من القرى كان هناك رجل حكيم يعرف كل شيء عن الحياة";
        String page = "<html><head><meta charset=\"utf-8\"></head><body><p>" + arabic + "</p></body></html>";

        assertThat(read("a.html", page.getBytes(Charset.forName("windows-1256")))
                        .blocks())
                .containsExactly("PROSE " + arabic);
        assertThat(read("b.html", "<html><meta charset=\"iso-8859-1\"><p>Straße</p>".getBytes(ISO_8859_1))
                        .blocks())
                .containsExactly("PROSE Straße");
    }

    @Test
    void html_emptyCellsAtTheEndOfRowsAndEmptyRows_areLeftOut() throws Exception {
        Collected page = read("page.html", """
                <table><tr><td>a</td><td></td><td>c</td><td></td></tr><tr><td></td><td></td></tr>
                <tr><td>b</td><td></td></tr></table><table><tr><td></td><td></td></tr></table>""");

        assertThat(page.blocks()).containsExactly("TABLE a | | c\nb");
    }

    @Test
    void html_definitions_goWithTheirTerms() throws Exception {
        assertThat(read("page.html", "<dl><dt>Heap</dt><dd>Memory</dd><dt>Stack</dt><dd>Frames</dd></dl>")
                        .blocks())
                .containsExactly("PROSE Heap: Memory", "PROSE Stack: Frames");
    }

    @Test
    void mail_hasSubjectSenderAndDate_oneAlternative_andAttachmentsUnderTheirNames() throws Exception {
        Collected mail = read("mail.eml", """
                From: Ann <ann@example.org>
                To: Bob <bob@example.org>
                Subject: The plan
                Date: Tue, 3 Mar 2020 10:00:00 +0100
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="m"

                --m
                Content-Type: multipart/alternative; boundary="a"

                --a
                Content-Type: text/plain

                Here is the plan.
                --a
                Content-Type: text/html

                <p>Here is the plan.</p>
                --a--
                --m
                Content-Type: text/html; name="plan.html"
                Content-Disposition: attachment; filename="plan.html"

                <h1>Steps</h1><p>First.</p>
                --m
                Content-Type: image/png; name="logo.png"
                Content-Disposition: attachment; filename="logo.png"
                Content-Transfer-Encoding: base64

                iVBORw0KGgo=
                --m--
                """);

        assertThat(mail.title()).contains("The plan");
        assertThat(mail.metadata())
                .containsEntry("author", "Ann <ann@example.org>")
                .containsEntry("created", "2020-03-03T09:00:00Z");
        assertThat(mail.blocks()).containsExactly("PROSE Here is the plan.", "PROSE First.");
        assertThat(mail.paths()).contains("plan.html > Steps").noneMatch(path -> path.contains("logo"));
    }

    private static byte[] zip(String name, byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(content);
        }
        return bytes.toByteArray();
    }

    private static String mailWith(byte[] zip) {
        return """
                From: Ann <ann@example.org>
                Subject: The plan
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary="m"

                --m
                Content-Type: text/plain

                Here.
                --m
                Content-Type: application/zip; name="all.zip"
                Content-Disposition: attachment; filename="all.zip"
                Content-Transfer-Encoding: base64

                %s
                --m--
                """.formatted(Base64.getMimeEncoder().encodeToString(zip));
    }

    @Test
    void archiveWithinArchives_isReadToADepth() throws Exception {
        byte[] zip = zip("plan.txt", "Deep.".getBytes(UTF_8));
        Collected shallow = read("shallow.eml", mailWith(zip("b.zip", zip)));
        for (int i = 0; i < 12; i++) {
            zip = zip("b.zip", zip);
        }

        assertThat(shallow.paths()).contains("all.zip > b.zip > plan.txt");
        assertThat(shallow.blocks()).containsExactly("PROSE Here.", "PROSE Deep.");
        assertThat(read("deep.eml", mailWith(zip)).blocks()).containsExactly("PROSE Here.");
    }

    @Test
    void mailbox_hasItsMessagesUnderTheirSubjects() throws Exception {
        Collected mailbox = read("a.mbox", """
                From ann@example.org Tue Mar  3 10:00:00 2020
                From: Ann <ann@example.org>
                Subject: First
                Date: Tue, 3 Mar 2020 10:00:00 +0000

                One.

                From bob@example.org Tue Mar  3 11:00:00 2020
                From: Bob <bob@example.org>
                Subject: Second
                Date: Tue, 3 Mar 2020 11:00:00 +0000

                Two.
                """);

        assertThat(mailbox.paths()).containsExactly("First", "Second");
        assertThat(mailbox.blocks())
                .containsExactly(
                        "PROSE From Ann <ann@example.org>, 2020-03-03T10:00:00Z",
                        "PROSE One.",
                        "PROSE From Bob <bob@example.org>, 2020-03-03T11:00:00Z",
                        "PROSE Two.");
    }

    @Test
    void slides_haveTheirTitlesAsHeadings_andPages() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var slides = new XMLSlideShow()) {
            for (String title : List.of("Goals", "Means")) {
                var slide = slides.createSlide();
                slide.createTextBox().setText(title);
                slide.createTextBox().setText("About " + title);
            }
            slides.getProperties().getCoreProperties().setTitle("PowerPoint Presentation");
            slides.write(bytes);
        }

        Collected deck = read("deck.pptx", bytes.toByteArray());

        assertThat(deck.title()).contains("Goals");
        assertThat(deck.paths()).containsExactly("Goals", "Means");
        assertThat(deck.blocks()).containsExactly("PROSE About Goals", "PROSE About Means");
        assertThat(deck.text().page(deck.text().text().indexOf("About Means"))).hasValue(2);
    }

    @Test
    void workbook_hasNoTitleOfItsSheets_andNoSheetsThatAreEmpty() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var workbook = new XSSFWorkbook()) {
            workbook.createSheet("Empty");
            workbook.createSheet("Prices").createRow(0).createCell(0).setCellValue("tea");
            workbook.createSheet("Empty too");
            workbook.write(bytes);
        }

        Collected read = read("prices.xlsx", bytes.toByteArray());

        assertThat(read.title()).isEmpty();
        assertThat(read.paths()).containsExactly("Prices");
    }

    private static byte[] pdf(String title, String... lines) throws IOException {
        try (var document = new PDDocument()) {
            var page = new PDPage();
            document.addPage(page);
            try (var content = new PDPageContentStream(document, page)) {
                content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                content.beginText();
                content.newLineAtOffset(50, 700);
                for (String line : lines) {
                    content.showText(line);
                    content.newLineAtOffset(0, -40);
                }
                content.endText();
            }
            document.getDocumentInformation().setTitle(title);
            var bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        }
    }

    @Test
    void pdf_linesWithinASentence_areJoined_andHyphensBetweenThemCut() throws Exception {
        Collected paper = read("a.pdf", pdf("A paper", "Peri-", "odic reports are", "filed.", "Next year."));

        assertThat(paper.blocks()).containsExactly("PROSE Periodic reports are\nfiled.", "PROSE Next year.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Microsoft Word - report_final.doc",
                "untitled",
                "Untitled-3",
                "PowerPoint Presentation",
                "Slide 1",
                "thesis.tex",
                "Document1",
                "-"
            })
    void title_thatAProgramMadeUp_isNone(String title) throws Exception {
        assertThat(read("a.pdf", pdf(title, "Text.")).title()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Untitled Goose Game", "What robots.txt is for", "Documents", "Go", "年報"})
    void title_thatSomebodyGave_isKept(String title) throws Exception {
        assertThat(read("a.pdf", pdf(title, "Text.")).title()).contains(title);
    }

    @Test
    void file_withTheWrongExtension_isReadAsWhatItIs() throws Exception {
        Collected paper = read("paper.txt", pdf("A paper", "Text."));

        assertThat(paper.mimeType()).isEqualTo("application/pdf");
        assertThat(paper.blocks()).containsExactly("PROSE Text.");
        assertThat(read("page.docx", "<html><body><p>Text.</p></body></html>").mimeType())
                .isEqualTo("text/html");
    }

    @Test
    void xml_thatExpandsEntitiesWithoutEnd_isRefused() throws Exception {
        var xml = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a0 \"lol\">");
        for (int i = 1; i < 10; i++) {
            xml.append(
                    "<!ENTITY a%d \"%s\">".formatted(i, "&a%d;".formatted(i - 1).repeat(10)));
        }
        xml.append("]><a>&a9;</a>");

        assertThat(refused("a.xml", xml.toString().getBytes(UTF_8)))
                .hasMessage("expands its XML entities too often, as an attack does");
    }

    @Test
    void nesting_withoutEnd_costsOneFileAtMost() throws Exception {
        String html = "<div>".repeat(100_000) + "deep" + "</div>".repeat(100_000);
        String xml = "<?xml version=\"1.0\"?>" + "<a>".repeat(100_000) + "deep" + "</a>".repeat(100_000);

        assertThat(read("a.html", "<html><body>" + html + "</body></html>").blocks())
                .containsExactly("PROSE deep");
        assertThat(refused("a.xml", xml.getBytes(UTF_8))).hasMessage("is nested too deeply to be read");
    }

    @Test
    void zipBomb_isRefused() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("mimetype"));
            zip.write("application/vnd.oasis.opendocument.text".getBytes(UTF_8));
            zip.putNextEntry(new ZipEntry("content.xml"));
            zip.write("""
                    <office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
                     xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>""".getBytes(UTF_8));
            byte[] paragraphs = "<text:p>aaaa</text:p>".repeat(10_000).getBytes(UTF_8);
            for (int i = 0; i < 300; i++) {
                zip.write(paragraphs);
            }
            zip.write("</office:text></office:body></office:document-content>".getBytes(UTF_8));
        }

        assertThat(refused("bomb.odt", bytes.toByteArray()).remedy()).contains("indexer.read.max.chars");
    }
}
