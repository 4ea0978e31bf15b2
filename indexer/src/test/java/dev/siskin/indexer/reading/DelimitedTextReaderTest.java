package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DelimitedTextReaderTest {
    private static ExtractedText read(String text) throws Exception {
        return collected(text, 1_000_000).text();
    }

    private static Collected collected(String text, int partChars) throws Exception {
        var collected = new Collected();
        var head = new DocumentHead(Optional.empty(), "text/csv");
        DelimitedTextReader.read(new StringReader(text), head, partChars, 1_000_000, collected);
        return collected;
    }

    private static Block table(ExtractedText text) throws Exception {
        assertThat(text.sections()).hasSize(1);
        assertThat(text.sections().getFirst().blocks()).hasSize(1);
        return text.sections().getFirst().blocks().getFirst();
    }

    private static Optional<String> header(String text) throws Exception {
        return table(read(text)).header().map(TableHeader::text);
    }

    @ParameterizedTest
    @ValueSource(strings = {",", ";", "\t", "|"})
    void header_isTheFirstRecord_whateverTheDelimiter(String delimiter) throws Exception {
        String text = "name;price;\"in stock\"\ntea;\"1,5\";a b\ncoffee;2.5;\n".replace(";", delimiter);

        assertThat(header(text)).contains("name | price | in stock");
    }

    @Test
    void delimiter_isTheOneThatEveryRecordHas() throws Exception {
        assertThat(header("name;text\ntea;green, black, white, yellow\ncoffee;\n"))
                .contains("name | text");
    }

    @Test
    void header_belowATitle_isTheRowOfSeveralCells() throws Exception {
        assertThat(header("Prices,,\n,,\n,name,price\n,tea,3\n")).contains("name | price");
    }

    @Test
    void numbersOnly_areNoHeader() throws Exception {
        assertThat(header("1,2.5\n3,4\n")).isEmpty();
        assertThat(header("region,2019,2020\nnorth,3,4\n")).contains("region | 2019 | 2020");
    }

    @Test
    void lineBreaks_withinQuotedFields_becomeSpaces_andOffsetsStay() throws Exception {
        String text = "name,\"long\nname\"\n\"say \"\"hi\n,\"\"\r\nthere\", \"b\nc\"\r\ntea,5\" wide\ncoffee,\n";

        ExtractedText read = read(text);

        assertThat(read.text())
                .isEqualTo("name,\"long name\"\n\"say \"\"hi ,\"\"  there\", \"b c\"\r\ntea,5\" wide\ncoffee,\n");
        assertThat(table(read))
                .isEqualTo(new Block(
                        Block.Kind.TABLE,
                        0,
                        text.length() - 1,
                        Optional.of(new TableHeader("name | long name", text.indexOf("\n\"say")))));
    }

    @Test
    void quote_thatIsNeverClosed_costsNoFurtherRecord() throws Exception {
        String text = "a,b\n\"x,y\n" + "1,2\n".repeat(20_000);

        assertThat(read(text).text()).isEqualTo(text);
    }

    @Test
    void blankText_hasNoParts() throws Exception {
        assertThat(collected(" \n\n", 1_000_000).parts()).isEmpty();
    }

    @Test
    void longTable_comesInParts_allUnderTheHeader() throws Exception {
        var text = new StringBuilder("name,price\n");
        for (int i = 0; i < 200; i++) {
            text.append("item ").append(i).append(",\"1,\n5\"\n");
        }
        Collected collected = collected(text.toString(), 300);

        assertThat(collected.parts()).hasSizeGreaterThan(5);
        int offset = 0;
        for (ExtractedText part : collected.parts()) {
            assertThat(part.offset()).isEqualTo(offset);
            offset += part.text().length();
            Block table = table(part);
            assertThat(table.header()).hasValueSatisfying(header -> {
                assertThat(header.text()).isEqualTo("name | price");
                assertThat(header.end()).isEqualTo(part.offset() == 0 ? "name,price".length() : 0);
            });
            assertThat(part.text().substring(table.start(), table.end())).doesNotContain("1,\n5");
        }
        assertThat(offset).isEqualTo(text.length());
    }

    @Test
    void recordWithoutEnd_isParted() throws Exception {
        String text = "tea,coffee,".repeat(80_000);

        Collected collected = collected(text, 100_000);

        assertThat(collected.parts()).hasSizeBetween(3, 9);
        assertThat(collected.parts().stream().map(ExtractedText::text).collect(Collectors.joining()))
                .isEqualTo(text);
        assertThat(collected.blocks().stream()
                        .map(block -> block.substring("TABLE ".length()))
                        .collect(Collectors.joining()))
                .isEqualTo(text);
    }
}
