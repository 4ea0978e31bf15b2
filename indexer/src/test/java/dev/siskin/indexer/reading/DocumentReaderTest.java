package dev.siskin.indexer.reading;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.TimeAllowance;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.poi.xssf.usermodel.XSSFSheet;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentReaderTest {
    private static final TimeAllowance ALLOWANCE = new TimeAllowance(Duration.ofMinutes(5));

    @TempDir
    Path folder;

    private static final ReadLimits LIMITS =
            new ReadLimits(1 << 20, 20_000, Duration.ofSeconds(60), ALLOWANCE, 96 << 20);

    private final DocumentReader reader = new DocumentReader(LIMITS);

    private SourceFile file(String name, byte[] content) throws IOException {
        return new SourceFile(Files.write(folder.resolve(name), content), "test", name);
    }

    private Collected read(String name, String content) throws Exception {
        return read(file(name, content.getBytes(UTF_8)));
    }

    private Collected read(SourceFile file) throws Exception {
        var collected = new Collected();
        reader.read(file, collected);
        return collected;
    }

    @AfterEach
    void close() {
        reader.close();
    }

    private UnreadableDocumentException refused(SourceFile file) {
        return catchThrowableOfType(UnreadableDocumentException.class, () -> reader.read(file, new Collected()));
    }

    private static byte[] pdf(List<String> pages, boolean encrypted) throws IOException {
        try (var document = new PDDocument()) {
            for (String text : pages) {
                var page = new PDPage();
                document.addPage(page);
                try (var content = new PDPageContentStream(document, page)) {
                    content.beginText();
                    content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                    content.newLineAtOffset(50, 700);
                    content.showText(text);
                    content.endText();
                }
            }
            document.getDocumentInformation().setTitle("A small paper");
            if (encrypted) {
                document.protect(new StandardProtectionPolicy("owner", "user", new AccessPermission()));
            }
            var bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        }
    }

    @Test
    void pdf_hasTitleAndPages() throws Exception {
        byte[] pdf = pdf(List.of("The first page.", "The second page."), false);

        Collected document = read(file("a.pdf", pdf));

        assertThat(document.title()).contains("A small paper");
        assertThat(document.mimeType()).isEqualTo("application/pdf");
        String text = document.text().text();
        assertThat(document.text().page(text.indexOf("first"))).hasValue(1);
        assertThat(document.text().page(text.indexOf("second"))).hasValue(2);
    }

    @Test
    void pdf_withAPassword_isRefused() throws Exception {
        UnreadableDocumentException refusal = refused(file("locked.pdf", pdf(List.of("secret"), true)));

        assertThat(refusal).hasMessage("is protected by a password");
        assertThat(refusal.remedy()).contains("without the password");
    }

    @Test
    void pdf_withoutText_isRefused() throws Exception {
        assertThat(refused(file("scan.pdf", pdf(List.of(""), false)))).hasMessage("no text found in it");
    }

    @Test
    void pdf_thatIsCutOff_isRefused() throws Exception {
        byte[] whole = pdf(List.of("text"), false);

        assertThat(refused(file("cut.pdf", java.util.Arrays.copyOf(whole, 40)))).isNotNull();
    }

    @Test
    void html_hasHeadingsTablesAndTitle_withoutScripts() throws Exception {
        Collected document = read("page.html", """
                <html><head><title>The  page</title><script>var hidden;</script></head><body>
                <h1>One</h1><p>Some <b>bold</b>
                text.</p><div>Other</div><h2>Two</h2>
                <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
                <pre>code
                  more</pre></body></html>""");

        assertThat(document.title()).contains("The page");
        ExtractedText text = document.text();
        assertThat(text.text()).doesNotContain("hidden");
        assertThat(text.sections()).extracting(Section::path).containsExactly(List.of("One"), List.of("One", "Two"));
        assertThat(blocks(text, 0)).containsExactly("PROSE Some bold\ntext.", "PROSE Other");
        assertThat(blocks(text, 1)).containsExactly("TABLE a | b\n1 | 2", "LINES code\n  more");
    }

    private static List<String> headers(Collected document) {
        return document.text().sections().stream()
                .flatMap(section -> section.blocks().stream())
                .filter(block -> block.kind() == Block.Kind.TABLE)
                .map(block -> block.header()
                        .map(header -> header.text() + " until "
                                + document.text().text().substring(block.start(), header.end()))
                        .orElse("none"))
                .toList();
    }

    @Test
    void htmlTable_hasTheHeaderThatItMarks() throws Exception {
        Collected document = read("page.html", """
                <html><body>
                <table><tr><td>lay</td><td>out</td></tr><tr><td>1</td><td>2</td></tr></table>
                <table><tr><th>a</th><th>b</th></tr><tr><th>row</th><td>2</td></tr></table>
                <table><caption>Cap</caption><thead><tr><td>Q1</td><td>Q2</td></tr><tr><td>x<br>z</td><td>y</td></tr></thead>
                <tbody><tr><td>1 <table><tr><th>inner</th></tr></table></td><td>2</td></tr></tbody></table>
                </body></html>""");

        assertThat(headers(document))
                .containsExactly("none", "a | b until a | b", "Q1 | Q2 | x z | y until Cap\nQ1 | Q2\nx z | y");
    }

    @Test
    void spreadsheet_hasTheFirstRowOfNamesAsItsHeader() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var workbook = new XSSFWorkbook()) {
            Object[][] rows = {
                {"Prices 2020"}, {}, {"name", "price", "stock"}, {"tea", 3.5, 12}, {"coffee", "x", "y", "z"}
            };
            addSheet(workbook.createSheet("Sheet1"), rows);
            addSheet(workbook.createSheet("Numbers"), new Object[][] {{1, 2, 3}, {4, 5, 6}});
            workbook.write(bytes);
        }

        Collected document = read(file("prices.xlsx", bytes.toByteArray()));

        assertThat(headers(document))
                .containsExactly("name | price | stock until Prices 2020\nname | price | stock", "none");
        assertThat(document.text().sections()).extracting(Section::path).contains(List.of("Sheet1"));
    }

    private static void addSheet(XSSFSheet sheet, Object[][] rows) {
        for (int i = 0; i < rows.length; i++) {
            var row = sheet.createRow(i);
            for (int j = 0; j < rows[i].length; j++) {
                if (rows[i][j] instanceof Number number) {
                    row.createCell(j).setCellValue(number.doubleValue());
                } else {
                    row.createCell(j).setCellValue(rows[i][j].toString());
                }
            }
        }
    }

    @Test
    void delimitedText_isATable() throws Exception {
        assertThat(headers(read("a.csv", "name,price\ntea,3\n"))).containsExactly("name | price until name,price");
        assertThat(headers(read("a.tsv", "name\tprice\ntea, green\t3\n")))
                .containsExactly("name | price until name\tprice");
    }

    private static List<String> blocks(ExtractedText text, int section) {
        return text.sections().get(section).blocks().stream()
                .map(block -> block.kind() + " " + text.text().substring(block.start(), block.end()))
                .toList();
    }

    @Test
    void text_isReadAsParagraphs() throws Exception {
        Collected document = read("notes.txt", "One\nline.\n\n\nTwo.\n");

        assertThat(document.mimeType()).isEqualTo("text/plain");
        assertThat(document.title()).isEmpty();
        assertThat(blocks(document.text(), 0)).containsExactly("PROSE One\nline.", "PROSE Two.");
    }

    @Test
    void sourceCode_isReadAsLines() throws Exception {
        assertThat(blocks(read("A.java", "class A {\n}\n").text(), 0)).containsExactly("LINES class A {\n}");
    }

    @Test
    void office_documentMadeOfXml_isRead() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("mimetype"));
            zip.write("application/vnd.oasis.opendocument.text".getBytes(UTF_8));
            zip.putNextEntry(new ZipEntry("content.xml"));
            zip.write("""
                    <office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
                     xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>
                    <text:h text:outline-level="1">Chapter</text:h><text:p>Paragraph.</text:p>
                    </office:text></office:body></office:document-content>""".getBytes(UTF_8));
        }

        ExtractedText text = read(file("a.odt", bytes.toByteArray())).text();

        assertThat(text.sections()).extracting(Section::path).contains(List.of("Chapter"));
        assertThat(text.text()).contains("Paragraph.");
    }

    @Test
    void file_thatIsEmptyOrBlank_isRefused() throws Exception {
        assertThat(refused(file("empty.md", new byte[0]))).hasMessage("is empty");
        assertThat(refused(file("blank.md", " \n\n".getBytes(UTF_8)))).hasMessage("no text found in it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"program.bin", "picture.png", "page.md"})
    void file_thatIsNoText_isRefused(String name) throws Exception {
        byte[] png = new byte[2000];
        new java.util.Random(3).nextBytes(png);
        System.arraycopy(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}, 0, png, 0, 8);

        UnreadableDocumentException refusal = refused(file(name, png));

        assertThat(refusal.getMessage()).containsAnyOf("format without text", "binary");
        assertThat(refusal.remedy()).isNotBlank();
    }

    @Test
    void file_overItsLimits_isRefusedNamingTheSetting() throws Exception {
        UnreadableDocumentException tooManyBytes = refused(file("big.txt", new byte[(1 << 20) + 1]));
        UnreadableDocumentException tooManyChars =
                refused(file("long.md", "word ".repeat(5000).getBytes(UTF_8)));
        UnreadableDocumentException inHtml =
                refused(file("long.html", ("<p>" + "word ".repeat(5000) + "</p>").getBytes(UTF_8)));

        assertThat(tooManyBytes.remedy()).contains("indexer.read.max.file.bytes");
        assertThat(tooManyChars.remedy()).contains("indexer.read.max.chars");
        assertThat(inHtml).hasMessageContaining("longer than 20,000 characters");
    }

    @Test
    void file_thatIsGone_isRefused() {
        assertThat(refused(new SourceFile(folder.resolve("gone.txt"), "test", "gone.txt")))
                .hasMessage("is gone since the run began");
    }

    @Test
    void file_thatTakesTooMuchMemory_costsItselfOnly() throws Exception {
        var small = new ReadLimits(64 << 20, 100_000_000, Duration.ofSeconds(60), ALLOWANCE, 20 << 20);
        try (var fenced = new DocumentReader(small)) {
            SourceFile large =
                    file("large.html", "<p>word <b>word</b></p>".repeat(400_000).getBytes(UTF_8));
            UnreadableDocumentException refusal =
                    catchThrowableOfType(UnreadableDocumentException.class, () -> fenced.read(large, new Collected()));
            var next = new Collected();
            fenced.read(file("next.html", "<p>fine</p>".getBytes(UTF_8)), next);

            assertThat(refusal).hasMessage("needs more than 20 MiB of memory to read");
            assertThat(next.blocks()).containsExactly("PROSE fine");
        }
    }

    private UnreadableDocumentException givenUp(String name, ReadLimits limits, Collected collected) throws Exception {
        try (var impatient = new DocumentReader(limits, 20)) {
            SourceFile endless = file(name, new byte[] {1, 2, 3, 0});
            UnreadableDocumentException refusal =
                    catchThrowableOfType(UnreadableDocumentException.class, () -> impatient.read(endless, collected));
            var next = new Collected();
            impatient.read(file("next.html", "<p>fine</p>".getBytes(UTF_8)), next);
            assertThat(next.blocks()).containsExactly("PROSE fine");
            return refusal;
        }
    }

    @Test
    void parser_thatHangsInTheMiddleOfAFile_isGivenUp() throws Exception {
        var collected = new Collected();
        var limits = new ReadLimits(1 << 20, 20_000, Duration.ofSeconds(5), ALLOWANCE, 96 << 20);

        UnreadableDocumentException refusal = givenUp("a.hangs", limits, collected);

        assertThat(refusal).hasMessage("reading gave nothing for 5 s");
        assertThat(refusal.remedy()).contains("indexer.read.timeout");
        assertThat(collected.parts()).isNotEmpty();
    }

    @Test
    void parser_thatGoesOnWithoutEnd_isGivenUp() throws Exception {
        var collected = new Collected();
        var limits = new ReadLimits(
                1 << 20, 100_000_000, Duration.ofMinutes(2), new TimeAllowance(Duration.ofSeconds(5)), 96 << 20);

        UnreadableDocumentException refusal = givenUp("a.drips", limits, collected);

        assertThat(refusal).hasMessage("reading did not end within 5 s");
        assertThat(refusal.remedy()).contains("indexer.read.total.timeout");
        assertThat(collected.parts()).hasSizeGreaterThan(1);
    }

    @Test
    void allowance_growsWithTheFile() {
        var allowance = new TimeAllowance(Duration.ofMinutes(10));

        assertThat(allowance.of(0)).isEqualTo(Duration.ofMinutes(10));
        assertThat(allowance.of(100L << 20)).isEqualTo(Duration.ofMinutes(10));
        assertThat(allowance.of((1L << 30) + 1)).isEqualTo(Duration.ofMinutes(110));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%C3%A9", "%E9", "%0A", "%25", "%20%23"})
    void file_whoseNameIsNoText_isParsed(String name) throws Exception {
        for (String end : List.of(".html", ".pdf", ".xlsx", ".txt")) {
            Path file = Path.of(java.net.URI.create(folder.toUri() + "caf" + name + end));
            Files.write(file, content(end));

            assertThat(read(new SourceFile(file, "test", "cafe" + end)).text().text())
                    .contains("fine");
        }
    }

    private static byte[] content(String end) throws IOException {
        return switch (end) {
            case ".pdf" -> pdf(List.of("fine"), false);
            case ".xlsx" -> {
                var bytes = new ByteArrayOutputStream();
                try (var workbook = new XSSFWorkbook()) {
                    addSheet(workbook.createSheet("Sheet1"), new Object[][] {{"fine"}});
                    workbook.write(bytes);
                }
                yield bytes.toByteArray();
            }
            default -> "<p>fine</p>".getBytes(UTF_8);
        };
    }

    @Test
    void parser_isEnded_whenItsReaderIsClosed_andGoneWithItsFolder() throws Exception {
        read("a.html", "<p>text</p>");
        long before = parsers();
        reader.close();

        assertThat(before).isPositive();
        assertThat(parsers()).isZero();
    }

    private static long parsers() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).count();
    }

    @Test
    void longDocument_thatIsParsed_comesInParts_withPagesAndOffsets() throws Exception {
        var pages = new java.util.ArrayList<String>();
        for (int i = 1; i <= 40; i++) {
            pages.add("This is what stands on the page with the number " + i + ".");
        }
        var collected = new Collected();
        try (var inParts = new DocumentReader(LIMITS, 500)) {
            inParts.read(file("a.pdf", pdf(pages, false)), collected);
        }

        assertThat(collected.parts()).hasSizeGreaterThan(3);
        int offset = 0;
        for (ExtractedText part : collected.parts()) {
            assertThat(part.offset()).isEqualTo(offset);
            offset += part.text().length();
        }
        ExtractedText last = collected.parts().getLast();
        assertThat(last.page(last.text().indexOf("number 40"))).hasValue(40);
    }

    @Test
    void longTable_thatIsParsed_comesInParts_allUnderTheHeader() throws Exception {
        String rows = "<tr><td>one</td><td>two</td></tr>".repeat(200);
        var collected = new Collected();
        try (var inParts = new DocumentReader(LIMITS, 300)) {
            inParts.read(
                    file("a.html", ("<table><tr><th>a</th><th>b</th></tr>" + rows + "</table>").getBytes(UTF_8)),
                    collected);
        }

        assertThat(collected.parts()).hasSizeGreaterThan(3);
        assertThat(collected.blocks()).allMatch(block -> block.startsWith("TABLE "));
        for (ExtractedText part : collected.parts()) {
            Block table = part.sections().getFirst().blocks().getFirst();
            assertThat(table.header()).map(TableHeader::text).contains("a | b");
        }
    }

    @Test
    void cellAsLongAsThePage_comesInParts() throws Exception {
        var collected = new Collected();
        try (var inParts = new DocumentReader(LIMITS, 300)) {
            inParts.read(
                    file("a.html", ("<table><tr><td>" + "word ".repeat(2000) + "</td></tr></table>").getBytes(UTF_8)),
                    collected);
        }

        assertThat(collected.parts()).hasSizeGreaterThan(3);
        assertThat(String.join(" ", collected.blocks())
                        .replaceAll("TABLE |\\s+", " ")
                        .split("word", -1))
                .hasSize(2001);
    }
}
