package dev.siskin.indexer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.indexer.progress.Retry;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
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
}
