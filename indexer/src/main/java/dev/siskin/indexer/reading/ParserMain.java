package dev.siskin.indexer.reading;

import dev.siskin.indexer.reading.ParserWire.Message;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.tika.exception.TikaException;
import org.apache.tika.mime.MediaType;
import org.jspecify.annotations.Nullable;
import org.xml.sax.SAXException;

/**
 * The process that parses, see {@link ParserProcess}: takes files from standard input, gives their text to standard
 * output, and ends with its parent. Whatever a file does to it costs that file and no other.
 */
final class ParserMain {
    private static final long STACK_BYTES = 4L * 1024 * 1024;

    private final DataOutputStream out;
    private final BlockingQueue<ParserWire.Request> requests = new ArrayBlockingQueue<>(1);
    private final TikaReader tika = new TikaReader();

    private ParserMain(DataOutputStream out) {
        this.out = out;
    }

    /** Serves until standard input ends. */
    public static void main(String[] args) throws InterruptedException {
        var out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 * 1024));
        // What a library prints must not get among the messages.
        System.setOut(System.err);
        var parser = new ParserMain(out);
        Thread.ofPlatform().daemon().name("requests").start(parser::readRequests);
        Thread parsing =
                Thread.ofPlatform().name("parse").stackSize(STACK_BYTES).start(parser::serve);
        parsing.join();
    }

    /** Always at standard input, so that the end of the parent is seen in the middle of a parse. */
    private void readRequests() {
        var in = new DataInputStream(new FileInputStream(FileDescriptor.in));
        try {
            while (true) {
                requests.put(ParserWire.Request.read(in));
            }
        } catch (EOFException parentIsGone) {
            Runtime.getRuntime().halt(0);
        } catch (IOException | InterruptedException broken) {
            Runtime.getRuntime().halt(1);
        }
    }

    private void serve() {
        try {
            ParserWire.write(out, new Message.Ready());
            while (true) {
                serve(requests.take());
            }
        } catch (IOException | UncheckedIOException | InterruptedException parentIsGone) {
            Runtime.getRuntime().halt(1);
        }
    }

    private void serve(ParserWire.Request request) throws IOException, InterruptedException {
        @Nullable Message last;
        try {
            last = answer(request);
        } catch (UncheckedIOException parentIsGone) {
            throw parentIsGone;
        } catch (IOException | TikaException | SAXException | RuntimeException | StackOverflowError failure) {
            UnreadableDocumentException refusal = ReadFailures.of(failure, request.maxChars());
            last = new Message.Refused(String.valueOf(refusal.getMessage()), refusal.remedy(), refusal.retry());
        }
        ParserWire.write(out, last);
    }

    private Message answer(ParserWire.Request request)
            throws IOException, TikaException, SAXException, InterruptedException {
        Path file = Path.of(URI.create(request.uri()));
        Path given = isText(file) ? file : link(file);
        try {
            return answer(request, given);
        } finally {
            if (!given.equals(file)) {
                Files.deleteIfExists(given);
            }
        }
    }

    /** Whether a file's name survives being a string, as the parsers make it one. */
    private static boolean isText(Path file) {
        try {
            return Path.of(file.toString()).equals(file);
        } catch (InvalidPathException notInTheEncoding) {
            return false;
        }
    }

    private static Path link(Path file) throws IOException {
        Path link = Path.of(System.getProperty("java.io.tmpdir"), "given");
        Files.deleteIfExists(link);
        return Files.createSymbolicLink(link, file);
    }

    private Message answer(ParserWire.Request request, Path file)
            throws IOException, TikaException, SAXException, InterruptedException {
        MediaType type = tika.detect(file, request.name());
        return switch (tika.form(type)) {
            case TEXT -> new Message.IsText(type.toString(), Block.Kind.PROSE, true);
            case LINES -> new Message.IsText(type.toString(), Block.Kind.LINES, true);
            case DELIMITED -> new Message.IsText(type.toString(), Block.Kind.TABLE, true);
            case UNKNOWN -> new Message.IsText(type.toString(), Block.Kind.LINES, false);
            case MEDIA -> {
                UnreadableDocumentException refusal = ReadFailures.unsupported(type);
                yield new Message.Refused(String.valueOf(refusal.getMessage()), refusal.remedy(), refusal.retry());
            }
            case PARSED -> {
                var sent = new boolean[1];
                tika.parse(file, type, request.partChars(), request.maxChars(), (head, part) -> {
                    if (!sent[0]) {
                        send(new Message.Head(head));
                        sent[0] = true;
                    }
                    send(new Message.Part(part));
                });
                yield new Message.End();
            }
        };
    }

    private void send(Message message) {
        try {
            ParserWire.write(out, message);
        } catch (IOException parentIsGone) {
            throw new UncheckedIOException(parentIsGone);
        }
    }
}
