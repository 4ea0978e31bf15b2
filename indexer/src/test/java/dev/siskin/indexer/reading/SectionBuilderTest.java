package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SectionBuilderTest {
    private final SectionBuilder sections = new SectionBuilder();
    private int offset;

    private void heading(int level, String title) {
        sections.heading(level, title, offset, offset + 1);
        offset += 2;
    }

    private void block() {
        sections.block(Block.Kind.PROSE, offset, offset + 1);
        offset += 2;
    }

    private List<String> paths() {
        return sections.take().stream()
                .map(section -> String.join(" > ", section.path()))
                .toList();
    }

    @Test
    void documentWithin_standsUnderItsNameAlone_andTheTextAroundGoesOn() {
        heading(1, "Chapter");
        heading(2, "Section");
        block();
        sections.enter();
        heading(0, "a.eml");
        heading(2, "Greeting");
        block();
        sections.enter();
        heading(0, "b.pdf");
        block();
        sections.leave();
        block();
        sections.leave();
        block();
        heading(2, "Next");
        block();

        assertThat(paths())
                .containsExactly(
                        "Chapter",
                        "Chapter > Section",
                        "a.eml",
                        "a.eml > Greeting",
                        "a.eml > b.pdf",
                        "a.eml > Greeting",
                        "Chapter > Section",
                        "Chapter > Next");
    }

    @Test
    void headingOfADocumentFurtherOut_outlivesTheDocumentWithin() {
        sections.enter();
        sections.enter();
        sections.heading(1, 0, "outer.docx", 0, 1);
        sections.heading(2, 0, "inner.txt", 2, 3);
        offset = 4;
        block();
        sections.leave();
        block();
        sections.leave();
        block();

        assertThat(paths()).containsExactly("outer.docx", "outer.docx > inner.txt", "outer.docx", "");
    }

    @Test
    void firstHeading_isTheDocumentsOwn() {
        sections.enter();
        heading(0, "a.eml");
        sections.leave();
        assertThat(sections.firstHeading()).isEmpty();

        heading(3, "Own");
        assertThat(sections.firstHeading()).contains("Own");
    }
}
