package dev.siskin.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A request body that ends in a 413 as soon as more than its cap has been read. */
final class CappedInputStream extends FilterInputStream {
    private final long capBytes;
    private long readBytes;

    CappedInputStream(InputStream in, long capBytes) {
        super(in);
        this.capBytes = capBytes;
    }

    @Override
    public int read() throws IOException {
        int next = super.read();
        if (next >= 0) {
            count(1);
        }
        return next;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        if (read > 0) {
            count(read);
        }
        return read;
    }

    @Override
    public long skip(long bytes) throws IOException {
        long skipped = super.skip(bytes);
        count(skipped);
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void count(long bytes) {
        readBytes += bytes;
        if (readBytes > capBytes) {
            throw bodyTooLarge(capBytes);
        }
    }

    static ProblemException bodyTooLarge(long capBytes) {
        return Problem.tooLarge("the request body may have at most " + capBytes + " bytes here; send less at once");
    }
}
