package dev.siskin.indexer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.siskin.indexer.progress.StopSignal;
import dev.siskin.indexer.source.Spool;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What comes through standard input, or does not. */
class StandardInputTest {
    private final StopSignal stop = new StopSignal();
    private final List<String> notices = new ArrayList<>();

    @Test
    void copy_holdsWhatCame() throws Exception {
        try (var spool = new Spool(1 << 20)) {
            var in = new ByteArrayInputStream("some text".getBytes(UTF_8));
            assertThat(Files.readString(StandardInput.copy(in, spool, 100, stop, notices::add)))
                    .isEqualTo("some text");
            assertThat(notices).isEmpty();
        }
    }

    @Test
    void silence_isTold_andAStopDoesNotWaitForIt() throws Exception {
        try (var spool = new Spool(1 << 20);
                var writer = new PipedOutputStream();
                var in = new PipedInputStream(writer)) {
            assertThatThrownBy(() -> StandardInput.copy(in, spool, 100, stop, notice -> {
                        notices.add(notice);
                        stop.request(new StopSignal.Reason("interrupted", true));
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("interrupted");
            assertThat(notices).singleElement().asString().contains("waiting for standard input");
        }
    }

    @Test
    void copy_thatIsTooLong_isRefused() {
        try (var spool = new Spool(1 << 20)) {
            assertThatThrownBy(() ->
                            StandardInput.copy(new ByteArrayInputStream(new byte[101]), spool, 100, stop, notices::add))
                    .isInstanceOf(Spool.TooLongException.class);
        }
    }
}
