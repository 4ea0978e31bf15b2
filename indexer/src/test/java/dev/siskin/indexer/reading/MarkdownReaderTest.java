package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MarkdownReaderTest {
    private static final int MANY = 1_000_000;

    private static Collected read(String markdown, int partChars) throws Exception {
        var collected = new Collected();
        MarkdownReader.read(new StringReader(markdown), partChars, MANY, collected);
        return collected;
    }

    private static List<String> paths(String markdown) throws Exception {
        return read(markdown, MANY).paths();
    }

    private static List<String> blocks(String markdown) throws Exception {
        return read(markdown, MANY).blocks();
    }

    @Test
    void headings_makePaths() throws Exception {
        assertThat(paths("before\n# A\n## B ##\ntext\n#### C\n## [D](x.md) `d`\nE\n===\nF\n---\n"))
                .containsExactly("", "A", "A > B", "A > B > C", "A > D d", "E", "E > F");
    }

    @Test
    void hashes_inFencedCode_areNoHeadings() throws Exception {
        String markdown = "# A\n```sh\n# comment\n\nls\n```\n~~~\n``` # x\n~~~\nend\n";

        assertThat(paths(markdown)).containsExactly("A");
        assertThat(blocks(markdown))
                .containsExactly("LINES ```sh\n# comment\n\nls\n```", "LINES ~~~\n``` # x\n~~~", "PROSE end");
    }

    @Test
    void listItemsAndTables_areBlocks() throws Exception {
        assertThat(blocks("- one\n  more\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\ntail\n"))
                .containsExactly(
                        "PROSE - one\n  more", "PROSE - two", "TABLE | a | b |\n|---|---|\n| 1 | 2 |", "PROSE tail");
    }

    private static List<Block> tables(String markdown) throws Exception {
        return read(markdown, MANY).text().sections().stream()
                .flatMap(section -> section.blocks().stream())
                .filter(block -> block.kind() == Block.Kind.TABLE)
                .toList();
    }

    @Test
    void table_hasTheLineAboveTheDashesAsItsHeader() throws Exception {
        String markdown = "| a \\| b | **c** |\n|:---|---:|\n| 1 | 2 |\n\n| no | header |\n";

        assertThat(tables(markdown))
                .extracting(Block::header)
                .containsExactly(
                        Optional.of(new TableHeader("a \\| b | **c**", markdown.indexOf("\n| 1"))), Optional.empty());
    }

    @Test
    void table_withoutOuterPipes_isATable() throws Exception {
        String markdown = "a | b\n--- | ---\n1 | 2\ntail\n";

        assertThat(blocks(markdown)).containsExactly("TABLE a | b\n--- | ---\n1 | 2", "PROSE tail");
        assertThat(tables(markdown).getFirst().header()).contains(new TableHeader("a | b", markdown.indexOf("\n1")));
    }

    @Test
    void rule_belowAListItem_isNoHeading() throws Exception {
        assertThat(paths("- item\n---\ntext\n")).containsExactly("");
    }

    @Test
    void frontMatter_givesTheTitle_andIsNotText() throws Exception {
        Collected document = read("---\ntitle: \"My page\"\ntags: x\n---\n# Other\nbody\n", MANY);

        assertThat(document.title()).contains("My page");
        assertThat(document.text().sections())
                .singleElement()
                .satisfies(section -> assertThat(section.path()).containsExactly("Other"));
    }

    @Test
    void rule_onTheFirstLine_isNoFrontMatter() throws Exception {
        assertThat(paths("---\nbody\n\nmore\n")).isNotEmpty();
    }

    @Test
    void offsets_areThoseOfTheText_withWindowsLineEnds() throws Exception {
        assertThat(blocks("# A\r\n\r\nfirst 🎉\r\n\r\nsecond\r\n")).containsExactly("PROSE first 🎉", "PROSE second");
    }

    @Test
    void title_isTheFirstHeading() throws Exception {
        assertThat(read("intro\n\n## First\n\n# Second\n", MANY).title()).contains("First");
        assertThat(read("no heading", MANY).title()).isEmpty();
    }

    @Test
    void frontMatter_becomesMetadata_asStringsDatesAndLists() throws Exception {
        Collected document = read("""
                ---
                title: A
                author: [Ada, Grace]
                date: 2024-03-01
                version: 2
                draft: true
                nested: {a: 1}
                ---
                text
                """, MANY);

        assertThat(document.metadata())
                .isEqualTo(Map.of(
                        "author", List.of("Ada", "Grace"), "date", "2024-03-01", "version", "2", "draft", "true"));
    }

    @Test
    void frontMatter_thatIsNoYaml_isLeftOutAllTheSame() throws Exception {
        assertThat(blocks("---\n{[: nonsense\n---\nbody\n")).containsExactly("PROSE body");
        assertThat(blocks("---\na: &x [*x]\n---\nbody\n")).containsExactly("PROSE body");
    }

    @Test
    void longText_comesInParts_thatGoOnUnderTheSameHeadings() throws Exception {
        String markdown =
                "# A\n\n## B\n\n" + "some words here\n\n".repeat(20) + "```\n" + "code\n".repeat(30) + "```\nend\n";

        Collected whole = read(markdown, MANY);
        Collected inParts = read(markdown, 50);

        assertThat(inParts.parts()).hasSizeGreaterThan(5);
        assertThat(inParts.title()).contains("A");
        assertThat(String.join(
                        "", inParts.parts().stream().map(ExtractedText::text).toList()))
                .isEqualTo(markdown);
        assertThat(inParts.paths()).containsOnly("A", "A > B");
        int offset = 0;
        for (ExtractedText part : inParts.parts()) {
            assertThat(part.offset()).isEqualTo(offset);
            offset += part.text().length();
        }
        assertThat(inParts.blocks())
                .filteredOn(block -> block.startsWith("PROSE"))
                .isEqualTo(whole.blocks().stream()
                        .filter(block -> block.startsWith("PROSE"))
                        .toList());
        assertThat(inParts.blocks())
                .filteredOn(block -> block.startsWith("LINES"))
                .hasSizeGreaterThan(2);
    }

    @Test
    void longTable_comesInParts_allUnderTheHeader() throws Exception {
        Collected inParts = read("| a | b |\n|---|---|\n" + "| 1 | 2 |\n".repeat(60), 100);

        assertThat(inParts.parts()).hasSizeGreaterThan(4);
        for (ExtractedText part : inParts.parts()) {
            Block table = part.sections().getFirst().blocks().getFirst();
            assertThat(table.kind()).isEqualTo(Block.Kind.TABLE);
            assertThat(table.header()).map(TableHeader::text).contains("a | b");
        }
    }

    @Test
    void frontMatter_keepsWhatLooksLikeNumbersAndTruthAsItIsWritten() throws Exception {
        assertThat(read("---\nlanguage: no\nversion: 1.10\nzip: 01234\nat: 12:30\nn: !!int abc\n---\nbody\n", MANY)
                        .blocks())
                .containsExactly("PROSE body");
        assertThat(read("---\nlanguage: no\nversion: 1.10\nzip: 01234\nat: 12:30\n---\nbody\n", MANY)
                        .metadata())
                .isEqualTo(Map.of("language", "no", "version", "1.10", "zip", "01234", "at", "12:30"));
    }
}
