package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MarkdownReaderTest {
    private static List<String> paths(String markdown) {
        return MarkdownReader.read(markdown).text().sections().stream()
                .map(section -> String.join(" > ", section.path()))
                .toList();
    }

    private static List<String> blocks(String markdown) {
        ExtractedText text = MarkdownReader.read(markdown).text();
        return text.sections().stream()
                .flatMap(section -> section.blocks().stream())
                .map(block -> block.kind() + " " + text.text().substring(block.start(), block.end()))
                .collect(Collectors.toList());
    }

    @Test
    void headings_makePaths() {
        assertThat(paths("before\n# A\n## B ##\ntext\n#### C\n## [D](x.md) `d`\nE\n===\nF\n---\n"))
                .containsExactly("", "A", "A > B", "A > B > C", "A > D d", "E", "E > F");
    }

    @Test
    void hashes_inFencedCode_areNoHeadings() {
        String markdown = "# A\n```sh\n# comment\n\nls\n```\n~~~\n``` # x\n~~~\nend\n";

        assertThat(paths(markdown)).containsExactly("A");
        assertThat(blocks(markdown))
                .containsExactly("LINES ```sh\n# comment\n\nls\n```", "LINES ~~~\n``` # x\n~~~", "PROSE end");
    }

    @Test
    void listItemsAndTables_areBlocks() {
        assertThat(blocks("- one\n  more\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\ntail\n"))
                .containsExactly(
                        "PROSE - one\n  more", "PROSE - two", "LINES | a | b |\n|---|---|\n| 1 | 2 |", "PROSE tail");
    }

    @Test
    void rule_belowAListItem_isNoHeading() {
        assertThat(paths("- item\n---\ntext\n")).containsExactly("");
    }

    @Test
    void frontMatter_givesTheTitle_andIsNotText() {
        ReadDocument document = MarkdownReader.read("---\ntitle: \"My page\"\ntags: x\n---\n# Other\nbody\n");

        assertThat(document.title()).contains("My page");
        assertThat(document.text().sections())
                .singleElement()
                .satisfies(section -> assertThat(section.path()).containsExactly("Other"));
    }

    @Test
    void rule_onTheFirstLine_isNoFrontMatter() {
        assertThat(MarkdownReader.read("---\nbody\n\nmore\n").text().sections()).isNotEmpty();
    }

    @Test
    void offsets_areThoseOfTheText_withWindowsLineEnds() {
        assertThat(blocks("# A\r\n\r\nfirst 🎉\r\n\r\nsecond\r\n")).containsExactly("PROSE first 🎉", "PROSE second");
    }

    @Test
    void title_isTheFirstHeading() {
        assertThat(MarkdownReader.read("intro\n\n## First\n\n# Second\n").title())
                .contains("First");
        assertThat(MarkdownReader.read("no heading").title()).isEmpty();
    }
}
