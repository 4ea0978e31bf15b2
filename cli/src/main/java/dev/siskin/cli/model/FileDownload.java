package dev.siskin.cli.model;

import dev.siskin.cli.CommandFailure;
import dev.siskin.cli.print.Progress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * One file of a hub, written to a part that is called by the checksum it is to have: whoever goes on with a part knows
 * that it is of the same content, and a part of other content is not looked at.
 */
final class FileDownload {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final HubClient hub;
    private final ModelSource source;
    private final HubFile file;
    private final Path part;
    private final Progress progress;

    /** @param parts folder of the parts */
    FileDownload(HubClient hub, ModelSource source, HubFile file, Path parts, Progress progress) {
        this.hub = hub;
        this.source = source;
        this.file = file;
        this.part = parts.resolve(file.checksum().hex());
        this.progress = progress;
    }

    /** Bytes of the file that are here. */
    static long begun(HubFile file, Path parts) throws IOException {
        Path part = parts.resolve(file.checksum().hex());
        return Files.exists(part) ? Math.min(Files.size(part), file.bytes()) : 0;
    }

    /**
     * Brings what is missing, and the whole to its place once its checksum is right.
     *
     * @throws CommandFailure where that cannot be; what has come stays, unless it is wrong
     * @throws IOException where it cannot be written
     */
    void to(Path target) throws IOException {
        progress.doing(file.path());
        var retries = new Retries(hub.patience(), file.path());
        while (size() < file.bytes() || !Files.exists(part)) {
            long before = size();
            try {
                transfer();
            } catch (IOException broken) {
                if (size() > before) {
                    retries.progressed();
                }
                progress.notice(String.valueOf(broken.getMessage()));
                retries.pauseAfter(broken);
            }
            progress.notice("");
        }
        Checksum found = file.checksum().of(part);
        if (!found.equals(file.checksum())) {
            Files.delete(part);
            throw new CommandFailure("%s is not what the hub lists: its checksum is %s, not %s; pull again"
                    .formatted(file.path(), found.hex(), file.checksum().hex()));
        }
        Files.createDirectories(target.resolveSibling(""));
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private long size() throws IOException {
        return Files.exists(part) ? Files.size(part) : 0;
    }

    private void transfer() throws IOException {
        if (size() > file.bytes()) {
            Files.delete(part);
        }
        long have = size();
        if (file.bytes() == 0) {
            Files.createFile(part);
            return;
        }
        HttpResponse<InputStream> response = hub.open(source.file(file.path()), have);
        try (var in = new SilenceGuard(response.body(), hub.patience().silence());
                FileChannel out = channel()) {
            switch (response.statusCode()) {
                case 206 -> requireRange(response, have);
                case 200 -> have = startOver(out, have);
                case 416 -> {
                    startOver(out, have);
                    throw new IOException("the hub has no byte " + have + " of " + file.path());
                }
                default -> throw hub.refusal(response, source + "/" + file.path(), source);
            }
            receive(in, out, have);
        }
    }

    private long startOver(FileChannel out, long have) throws IOException {
        out.truncate(0);
        progress.advance(-have);
        return 0;
    }

    private static void requireRange(HttpResponse<?> response, long from) throws IOException {
        String range = response.headers().firstValue("Content-Range").orElse("");
        if (!range.startsWith("bytes " + from + "-")) {
            throw new IOException("asked for bytes from %d, got '%s'".formatted(from, range));
        }
    }

    private FileChannel channel() {
        try {
            return FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException refused) {
            throw new UncheckedIOException(part + " cannot be written", refused);
        }
    }

    private void receive(SilenceGuard in, FileChannel out, long have) throws IOException {
        var buffer = new byte[BUFFER_BYTES];
        long at = have;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            if (at + read > file.bytes()) {
                throw new CommandFailure(
                        "%s is larger than the hub lists: %d bytes; pull again".formatted(file.path(), file.bytes()));
            }
            write(out, ByteBuffer.wrap(buffer, 0, read), at);
            at += read;
            progress.advance(read);
        }
        if (at < file.bytes()) {
            throw new IOException("it ended after %d of %d bytes".formatted(at, file.bytes()));
        }
    }

    /** The disk's faults are no reason to ask the hub again. */
    private void write(FileChannel out, ByteBuffer bytes, long at) {
        try {
            for (long to = at; bytes.hasRemaining(); ) {
                to += out.write(bytes, to);
            }
        } catch (IOException unwritable) {
            throw new UncheckedIOException(file.path() + " cannot be written; what has come is kept", unwritable);
        }
    }
}
