package dev.siskin.cli.print;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void print_alignsNamesLeftAndFiguresRight() {
        assertThat(printed(false)).isEqualTo("""
                  name       MiB
                  one          5
                  another   1000
                """.indent(0));
    }

    @Test
    void print_colour_marksTitlesOnly() {
        assertThat(printed(true))
                .startsWith("\u001B[1m  name       MiB\u001B[0m\n")
                .contains("\n  one          5\n");
    }

    @Test
    void amounts_readLikePeopleWriteThem() {
        assertThat(Amounts.bytes(512)).isEqualTo("512 B");
        assertThat(Amounts.bytes(36_000_000)).isEqualTo("34 MiB");
        assertThat(Amounts.bytes(3L << 29)).isEqualTo("1.5 GiB");
        assertThat(Amounts.mebibytes(1_572_864)).isEqualTo("1.5 MiB");
        assertThat(Amounts.duration(Duration.ofSeconds(59))).isEqualTo("59 s");
        assertThat(Amounts.duration(Duration.ofMinutes(320))).isEqualTo("5 h 20 min");
        assertThat(Amounts.duration(Duration.ofHours(76))).isEqualTo("3 d 4 h");
        assertThat(Amounts.count(1, "key")).isEqualTo("1 key");
        assertThat(Amounts.count(12_034, "chunk")).isEqualTo("12,034 chunks");
    }

    private static String printed(boolean colour) {
        var bytes = new ByteArrayOutputStream();
        var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Table.of("name", "MiB")
                .row("one", "5")
                .row("another", "1000")
                .print(new Terminal(out, out, 80, false, colour), 2);
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
