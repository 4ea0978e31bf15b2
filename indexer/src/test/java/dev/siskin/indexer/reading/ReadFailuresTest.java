package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.indexer.progress.Retry;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.TikaException;
import org.junit.jupiter.api.Test;

class ReadFailuresTest {
    private static UnreadableDocumentException of(Throwable failure) {
        return ReadFailures.of(failure, 1000);
    }

    @Test
    void failureOfTheSystem_mayPass() {
        assertThat(of(new AccessDeniedException("a.txt")).retry()).isEqualTo(Retry.ALWAYS);
        assertThat(of(new NoSuchFileException("a.txt")).retry()).isEqualTo(Retry.ALWAYS);
        assertThat(of(new FileSystemException("a.txt", null, "Too many open files")))
                .hasMessage("cannot be read: a.txt: Too many open files")
                .returns(Retry.ALWAYS, UnreadableDocumentException::retry);
        assertThat(of(new TikaException("parser failed", new IOException("No space left on device"))))
                .hasMessage("cannot be read: No space left on device")
                .returns(Retry.ALWAYS, UnreadableDocumentException::retry);
    }

    @Test
    void failureOfTheFile_lasts() {
        assertThat(of(new EncryptedDocumentException()).retry()).isEqualTo(Retry.NEVER);
        assertThat(of(new IOException("not a valid stream header")).retry()).isEqualTo(Retry.NEVER);
        assertThat(ReadFailures.noText().retry()).isEqualTo(Retry.NEVER);
    }

    @Test
    void failureToReadAFile_mayPass_inWhateverLanguageTheSystemSaysSo() {
        assertThat(ReadFailures.ofSystem(new IOException("Eingabe-/Ausgabefehler")))
                .hasMessage("cannot be read: Eingabe-/Ausgabefehler")
                .returns(Retry.ALWAYS, UnreadableDocumentException::retry);
        assertThat(ReadFailures.ofSystem(new NoSuchFileException("a.txt"))).hasMessage("is gone since the run began");
    }

    @Test
    void parserProcess_hasEnglishMessages_andTheEncodingOfFileNames() {
        var environment = new HashMap<>(Map.of("LC_ALL", "de_DE.UTF-8", "LANG", "C", "SISKIN_KEY", "secret"));

        ParserProcess.restrict(environment);

        assertThat(environment)
                .containsOnly(
                        Map.entry("LC_CTYPE", "de_DE.UTF-8"),
                        Map.entry("LC_MESSAGES", "C"),
                        Map.entry("LANG", "C"),
                        Map.entry("MALLOC_ARENA_MAX", "2"));
    }
}
