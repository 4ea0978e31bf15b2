package dev.siskin.indexer.splitting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.api.Chunk;
import dev.siskin.indexer.reading.Block;
import dev.siskin.indexer.reading.ExtractedText;
import dev.siskin.indexer.reading.Section;
import dev.siskin.indexer.reading.TableHeader;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentSplitterTest {
    /** Words, single marks, and single characters of scripts without spaces, as BERT's tokenizer does it. */
    private static final Pattern TOKEN = Pattern.compile("[\\p{IsLatin}\\d]+|[^\\s\\p{IsLatin}\\d]");

    private static final SplitSettings SETTINGS = new SplitSettings(60, 12);

    private final DocumentSplitter splitter = new DocumentSplitter(SETTINGS, DocumentSplitterTest::tokens);

    private static int[] tokens(String text) {
        Matcher matcher = TOKEN.matcher(text);
        return matcher.results().mapToInt(result -> result.start()).toArray();
    }

    private static int count(String text) {
        return tokens(text).length;
    }

    /** A document written piece by piece. */
    private static final class Draft {
        private final StringBuilder text = new StringBuilder();
        private final List<Section> sections = new ArrayList<>();
        private List<Block> blocks = new ArrayList<>();
        private List<String> path = List.of();
        private int start;
        private int bodyStart;

        Draft heading(String... newPath) {
            end();
            path = List.of(newPath);
            start = text.length();
            text.append("# ").append(path.getLast());
            bodyStart = text.length();
            text.append("\n\n");
            return this;
        }

        Draft paragraph(String words) {
            return block(Block.Kind.PROSE, words);
        }

        Draft block(Block.Kind kind, String words) {
            if (path.isEmpty() && blocks.isEmpty()) {
                start = text.length();
                bodyStart = start;
            }
            int from = text.length();
            text.append(words);
            blocks.add(new Block(kind, from, text.length()));
            text.append("\n\n");
            return this;
        }

        /** A table with its header, as a spreadsheet is read. */
        Draft table(String header, String... rows) {
            block(Block.Kind.TABLE, header + "\n" + String.join("\n", rows));
            Block plain = blocks.removeLast();
            var columns = new TableHeader(header, plain.start() + header.length());
            blocks.add(new Block(Block.Kind.TABLE, plain.start(), plain.end(), Optional.of(columns)));
            return this;
        }

        private void end() {
            if (!path.isEmpty() || !blocks.isEmpty()) {
                sections.add(new Section(path, start, bodyStart, blocks));
            }
            blocks = new ArrayList<>();
        }

        ExtractedText text(Integer... pages) {
            end();
            return new ExtractedText(text.toString(), sections, List.of(pages));
        }
    }

    private static String words(int count) {
        return IntStream.range(0, count).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    }

    private static String sentences(int count, int wordsEach) {
        return IntStream.range(0, count)
                .mapToObj(i -> "Sentence" + i + " " + words(wordsEach - 2) + ".")
                .collect(Collectors.joining(" "));
    }

    @Test
    void document_shorterThanAChunk_isOneChunkUnderItsTitle() {
        ExtractedText text = new Draft()
                .heading("tar")
                .paragraph("> Archiving utility.")
                .paragraph("- Create an archive:")
                .paragraph("`tar cf path/to/target.tar path/to/file1`")
                .text();

        List<Chunk> chunks = splitter.split("tar", text);

        assertThat(chunks).hasSize(1);
        assertThat(chunks.getFirst().context()).isEqualTo("tar");
        assertThat(chunks.getFirst().text()).startsWith("> Archiving").endsWith("file1`");
    }

    @Test
    void title_otherThanTheFirstHeading_comesFirstInTheContext() {
        ExtractedText text =
                new Draft().heading("Guide", "Batching").paragraph(words(40)).text();

        assertThat(splitter.split("Siskin", text))
                .extracting(Chunk::context, Chunk::heading)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("Siskin > Guide > Batching", "Batching"));
    }

    @Test
    void sections_thatAreNotSmall_areNeverPutTogether() {
        ExtractedText text = new Draft()
                .heading("Guide", "One")
                .paragraph(words(25))
                .heading("Guide", "Two")
                .paragraph(words(25))
                .text();

        assertThat(splitter.split("Guide", text)).extracting(Chunk::heading).containsExactly("One", "Two");
    }

    @Test
    void sections_thatAreSmall_shareAChunkUnderTheirCommonHeading() {
        var draft = new Draft().heading("Readme").paragraph(words(5));
        for (int i = 0; i < 12; i++) {
            draft.heading("Readme", "Part" + i).paragraph(words(6));
        }

        List<Chunk> chunks = splitter.split("Readme", draft.text());

        assertThat(chunks).hasSizeLessThan(4).allSatisfy(chunk -> {
            assertThat(chunk.heading()).isEqualTo("Readme");
            assertThat(count(chunk.text())).isLessThanOrEqualTo(SETTINGS.chunkTokens());
        });
        String all = chunks.stream().map(Chunk::text).collect(Collectors.joining("\n"));
        assertThat(all)
                .contains(IntStream.range(0, 12).mapToObj(i -> "# Part" + i).toList());
    }

    @Test
    void sections_ofDifferentTopHeadings_areNeverPutTogether() {
        ExtractedText text = new Draft()
                .heading("One")
                .paragraph(words(3))
                .heading("Two")
                .paragraph(words(3))
                .text();

        assertThat(splitter.split("Notes", text))
                .extracting(Chunk::context)
                .containsExactly("Notes > One", "Notes > Two");
    }

    @Test
    void heading_withNothingUnderIt_isKeptAsText() {
        ExtractedText text = new Draft()
                .heading("Guide")
                .heading("Guide", "Long")
                .paragraph(words(50))
                .heading("Guide", "Empty")
                .text();

        assertThat(splitter.split("Guide", text))
                .extracting(Chunk::context, Chunk::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("Guide > Long", words(50)),
                        org.assertj.core.groups.Tuple.tuple("Guide", "# Empty"));
    }

    @Test
    void split_endsAtSentences_andSharesOnesThatFitTheOverlap() {
        ExtractedText text = new Draft().paragraph(sentences(30, 10)).text();

        List<Chunk> chunks = splitter.split("", text);

        assertThat(chunks).hasSizeGreaterThan(4).allSatisfy(chunk -> {
            assertThat(chunk.text()).startsWith("Sentence").endsWith(".");
            assertThat(chunk.context()).isNull();
        });
        for (int i = 1; i < chunks.size(); i++) {
            assertThat(chunks.get(i).start()).isLessThan(chunks.get(i - 1).end());
        }
    }

    @Test
    void split_ofALittleMoreThanAChunk_leavesNoFragment() {
        ExtractedText text = new Draft().paragraph(sentences(7, 10)).text();

        assertThat(splitter.split("", text))
                .hasSize(2)
                .allSatisfy(chunk -> assertThat(count(chunk.text())).isGreaterThan(SETTINGS.chunkTokens() / 3));
    }

    @Test
    void split_ofDescriptionsAndCommands_doesNotPartThem() {
        var draft = new Draft().heading("tool");
        for (int i = 0; i < 12; i++) {
            draft.paragraph("- Describe " + words(8) + ":").paragraph("`tool --option" + i + "`");
        }

        assertThat(splitter.split("tool", draft.text()))
                .hasSizeGreaterThan(1)
                .allSatisfy(chunk ->
                        assertThat(chunk.text()).startsWith("- Describe").endsWith("`"));
    }

    @Test
    void split_ofLines_endsAtLines() {
        String code = IntStream.range(0, 60).mapToObj(i -> "call(" + i + ");").collect(Collectors.joining("\n"));
        ExtractedText text = new Draft().block(Block.Kind.LINES, code).text();

        assertThat(splitter.split("", text))
                .hasSizeGreaterThan(2)
                .allSatisfy(
                        chunk -> assertThat(chunk.text()).startsWith("call(").endsWith(");"));
    }

    private static String[] rows(int count, int cells) {
        return IntStream.range(0, count)
                .mapToObj(row -> IntStream.range(0, cells)
                        .mapToObj(cell -> "r" + row + "c" + cell)
                        .collect(Collectors.joining(" | ")))
                .toArray(String[]::new);
    }

    @Test
    void table_thatFits_staysWithWhatIsAroundIt() {
        ExtractedText text = new Draft()
                .heading("Prices")
                .paragraph("All of them:")
                .table("name | price", rows(3, 2))
                .text();

        List<Chunk> chunks = splitter.split("Prices", text);

        assertThat(chunks).hasSize(1);
        assertThat(chunks.getFirst().context()).isEqualTo("Prices");
    }

    @Test
    void table_inSeveralChunks_hasItsHeaderInTheContextsAfterTheFirst() {
        ExtractedText text = new Draft()
                .heading("Prices", "Sheet1")
                .table("name | price | stock", rows(40, 3))
                .paragraph("The end.")
                .text();

        List<Chunk> chunks = splitter.split("Prices", text);

        assertThat(chunks).hasSizeGreaterThan(3);
        assertThat(chunks.getFirst().context()).isEqualTo("Prices > Sheet1");
        assertThat(chunks.getFirst().text()).startsWith("name | price | stock\nr0c0");
        assertThat(chunks.subList(1, chunks.size())).allSatisfy(chunk -> {
            assertThat(chunk.context()).isEqualTo("Prices > Sheet1\nname | price | stock");
            assertThat(chunk.text()).matches("(?s)r\\d+c0 .*").doesNotContain("name | price");
        });
        assertRepeatsNothing(chunks);
    }

    @Test
    void table_whoseHeaderIsElsewhere_hasItInEveryContext() {
        String rows = String.join("\n", rows(40, 3));
        var columns = new TableHeader("name | price | stock", 0);
        var block = new Block(Block.Kind.TABLE, 0, rows.length(), Optional.of(columns));
        var text = new ExtractedText(rows, List.of(new Section(List.of(), 0, 0, List.of(block))), List.of());

        assertThat(splitter.split("", text))
                .hasSizeGreaterThan(3)
                .extracting(Chunk::context)
                .containsOnly("name | price | stock");
    }

    @Test
    void headerOfATable_isNotPartedFromTheFirstRow() {
        for (int before = 20; before < 60; before++) {
            ExtractedText text = new Draft()
                    .paragraph(words(before))
                    .table("name | price | stock", rows(20, 3))
                    .text();

            assertThat(splitter.split("", text))
                    .noneSatisfy(chunk -> assertThat(chunk.text()).endsWith("stock"));
        }
    }

    @Test
    void headerOfATable_widerThanTheContext_isCutBetweenColumnsAndLeavesRoomForHeadings() {
        String header = IntStream.range(0, 60).mapToObj(i -> "column" + i).collect(Collectors.joining(" | "));
        ExtractedText text = new Draft()
                .heading(words(30), words(30), "Sheet1")
                .table(header, rows(30, 60))
                .text();

        String context = String.valueOf(splitter.split("Wide", text).getLast().context());

        assertThat(count(context)).isBetween(50, SplitSettings.MAX_CONTEXT_TOKENS);
        assertThat(context.lines().toList()).hasSize(2).satisfies(lines -> {
            assertThat(lines.get(0)).startsWith("Wide > ").endsWith("Sheet1");
            assertThat(lines.get(1)).matches("column0 \\| column1 .* \\| column\\d+");
            assertThat(header).startsWith(lines.get(1) + " | ");
        });
    }

    @Test
    void table_ofManyWideRows_isSplitWhole() {
        String header = IntStream.range(0, 40).mapToObj(i -> "column" + i).collect(Collectors.joining(" | "));
        ExtractedText text =
                new Draft().heading("Data").table(header, rows(5000, 40)).text();

        List<Chunk> chunks = splitter.split("Data", text);

        assertThat(chunks).hasSizeGreaterThan(5000);
        assertThat(chunks.stream().mapToLong(chunk -> chunk.text().length()).sum())
                .isBetween(text.text().length() - 4L * chunks.size(), (long)
                        text.text().length());
    }

    private static void assertRepeatsNothing(List<Chunk> chunks) {
        for (int i = 1; i < chunks.size(); i++) {
            assertThat(chunks.get(i).start())
                    .isGreaterThanOrEqualTo(chunks.get(i - 1).end());
        }
    }

    private static String function(String name, int lines) {
        return IntStream.range(0, lines)
                .mapToObj(i -> "    call" + i + "();\n")
                .collect(Collectors.joining("", name + "() {\n", "}"));
    }

    @Test
    void code_isCutBetweenFunctions_whereverTheyFit() {
        var draft = new Draft();
        for (int i = 0; i < 9; i++) {
            draft.block(Block.Kind.LINES, "// What " + i + " does.\n" + function("f" + i, 2 + i % 3 * 4));
        }

        List<Chunk> chunks = splitter.split("", draft.text());

        assertThat(chunks)
                .hasSizeBetween(4, 9)
                .allSatisfy(
                        chunk -> assertThat(chunk.text()).startsWith("// What").endsWith("}"));
        assertRepeatsNothing(chunks);
    }

    @Test
    void code_ofAClassTooLarge_isCutBetweenItsMethods() {
        String methods = IntStream.range(0, 6)
                .mapToObj(i -> function("m" + i, 8).indent(4))
                .collect(Collectors.joining("\n"));
        ExtractedText text = new Draft()
                .block(Block.Kind.LINES, "class Big {\n" + methods + "}")
                .text();

        assertThat(splitter.split("", text))
                .hasSize(6)
                .allSatisfy(chunk -> assertThat(chunk.text()).matches("(?s)(class Big \\{\\s+)?m\\d.*\\}"));
    }

    @Test
    void code_thatFollowsALongFunction_isNotLeftByItself() {
        ExtractedText text = new Draft()
                .block(Block.Kind.LINES, function("main", 13))
                .block(Block.Kind.LINES, "main();")
                .text();

        assertThat(splitter.split("", text))
                .hasSize(2)
                .allSatisfy(chunk -> assertThat(count(chunk.text())).isGreaterThan(SETTINGS.fragmentTokens()));
    }

    @Test
    void context_longerThanItsLimit_isCut() {
        ExtractedText text = new Draft()
                .heading(words(40), words(50), "Last")
                .paragraph(words(40))
                .text();

        Chunk chunk = splitter.split("Title", text).getFirst();

        assertThat(chunk.context()).startsWith("Title > ").endsWith("Last");
        assertThat(count(String.valueOf(chunk.context()))).isLessThanOrEqualTo(SplitSettings.MAX_CONTEXT_TOKENS);
    }

    @Test
    void page_isThatOfTheChunksBeginning() {
        String page = sentences(6, 10);
        ExtractedText text = new Draft().paragraph(page).paragraph(page).text(0, page.length() + 2);

        List<Chunk> chunks = splitter.split("", text);

        assertThat(chunks.getFirst().page()).isEqualTo(1);
        assertThat(chunks.getLast().page()).isEqualTo(2);
    }

    @Test
    void text_withoutSpaces_isCutBetweenWholeCharacters() {
        String emoji = "😀".repeat(500);
        String chinese = "漢字仮名交じり文".repeat(60);
        String blob = "QUJD".repeat(5000);
        ExtractedText text =
                new Draft().paragraph(emoji).paragraph(chinese).paragraph(blob).text();

        List<Chunk> chunks = splitter.split("", text);

        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(count(chunk.text())).isLessThanOrEqualTo(SETTINGS.chunkTokens());
            assertThat(chunk.text().length()).isLessThanOrEqualTo(SETTINGS.chunkChars());
            assertThat(Character.isLowSurrogate(chunk.text().charAt(0))).isFalse();
        });
        assertCovered(text, chunks);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void split_ofAnyDocument_keepsItsPromises(long seed) {
        ExtractedText text = random(new Random(seed));

        List<Chunk> chunks = splitter.split("Random", text);

        int end = 0;
        for (Chunk chunk : chunks) {
            assertThat(chunk.text()).isEqualTo(text.text().substring(chunk.start(), chunk.end()));
            assertThat(count(chunk.text())).isBetween(1, SETTINGS.chunkTokens());
            assertThat(chunk.text()).isEqualTo(chunk.text().strip());
            assertThat(chunk.text().length()).isLessThanOrEqualTo(SETTINGS.chunkChars());
            assertThat(count(String.valueOf(chunk.context()))).isLessThanOrEqualTo(SplitSettings.MAX_CONTEXT_TOKENS);
            assertThat(chunk.end()).isGreaterThan(end);
            if (chunk.start() < end) {
                assertThat(count(text.text().substring(chunk.start(), end)))
                        .isLessThanOrEqualTo(SETTINGS.overlapTokens());
            }
            end = chunk.end();
        }
        assertCovered(text, chunks);
        assertHeadingsNotCrossed(text, chunks);
    }

    private static ExtractedText random(Random random) {
        var draft = new Draft();
        List<String> path = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int level = Math.min(path.size(), random.nextInt(3));
            path = new ArrayList<>(path.subList(0, level));
            path.add("Heading" + i);
            draft.heading(path.toArray(String[]::new));
            for (int j = random.nextInt(4); j > 0; j--) {
                switch (random.nextInt(6)) {
                    case 0 -> draft.paragraph(sentences(1 + random.nextInt(12), 2 + random.nextInt(30)));
                    case 1 -> draft.paragraph(words(1 + random.nextInt(150)));
                    case 2 -> draft.block(Block.Kind.LINES, words(30).replace("5 ", "5\n"));
                    case 3 -> draft.table(words(1 + random.nextInt(20)), rows(1 + random.nextInt(30), 4));
                    case 4 -> draft.block(Block.Kind.LINES, code(random));
                    default -> draft.paragraph("🎉 文。".repeat(1 + random.nextInt(40)) + ":");
                }
            }
        }
        return draft.text();
    }

    /** Lines of any indentation with what means something in code; balanced only by chance. */
    private static String code(Random random) {
        String[] parts = {
            "{", "}", "/**", " *", " */", "\"\"\"", "# note", "@Test", "else:", "```", "x = 1;", "f(a, b)", "\t", ""
        };
        return random.ints(1 + random.nextInt(60), 0, parts.length)
                .mapToObj(
                        i -> " ".repeat(random.nextInt(5) * 2) + parts[i] + (i == 11 ? words(random.nextInt(90)) : ""))
                .collect(Collectors.joining("\n", "begin\n", "\nend"));
    }

    private static void assertCovered(ExtractedText text, List<Chunk> chunks) {
        var covered = new BitSet();
        chunks.forEach(chunk -> covered.set(chunk.start(), chunk.end()));
        for (Section section : text.sections()) {
            for (Block block : section.blocks()) {
                for (int i = block.start(); i < block.end(); i++) {
                    assertThat(covered.get(i)
                                    || Character.isWhitespace(text.text().charAt(i)))
                            .as("offset %d of %s", i, block)
                            .isTrue();
                }
            }
        }
    }

    private static void assertHeadingsNotCrossed(ExtractedText text, List<Chunk> chunks) {
        for (Chunk chunk : chunks) {
            List<Section> touched = text.sections().stream()
                    .filter(section -> section.start() < chunk.end() && section.end() > chunk.start())
                    .toList();
            if (touched.size() > 1) {
                assertThat(touched).allSatisfy(section -> {
                    assertThat(section.path().getFirst())
                            .isEqualTo(touched.getFirst().path().getFirst());
                    assertThat(count(text.text().substring(section.start(), section.end())))
                            .isLessThan(SETTINGS.smallTokens());
                });
            }
        }
    }
}
