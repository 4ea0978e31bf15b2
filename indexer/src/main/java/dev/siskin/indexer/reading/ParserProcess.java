package dev.siskin.indexer.reading;

import dev.siskin.indexer.progress.Retry;
import dev.siskin.indexer.reading.ParserWire.Message;
import dev.siskin.indexer.source.TemporaryFolder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tika in a process of its own, with a heap of its own and a time limit, so that a file that makes a parser run out of
 * memory, run for ever or crash costs that file alone: the process is ended and the next file gets a new one. It is
 * started when the first file needs it and has of this process's environment paths and language only, since keys may be there. When this process
 * is killed, it ends too. One thread at a time.
 *
 * <p>Tika's own pipes are not used: they give back a document whole, and as XHTML to be parsed again.
 */
final class ParserProcess implements AutoCloseable {
    private static final int OUT_OF_MEMORY = 3;

    /** Exit statuses of a process that SIGINT or SIGTERM ended. */
    private static final Set<Integer> SIGNALS_TO_END = Set.of(130, 143);

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration EXIT = Duration.ofSeconds(5);
    private static final List<String> KEPT_ENVIRONMENT =
            List.of("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "HOME");

    private final ReadLimits limits;
    private @Nullable Child child;

    ParserProcess(ReadLimits limits) {
        this.limits = limits;
    }

    /** A running process and the thread that listens to it: its messages are waited for with a limit. */
    private static final class Child {
        private final Process process;
        private final TemporaryFolder folder;
        private final DataOutputStream requests;
        private final BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(1);
        private final Thread listener;

        Child(Process process, TemporaryFolder folder) {
            this.process = process;
            this.folder = folder;
            this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
            this.listener = Thread.ofPlatform().daemon().name("parser-output").start(this::listen);
        }

        /** Null where none comes in time. */
        @Nullable
        Answer answer(Duration within) throws InterruptedException {
            return answers.poll(within.toNanos(), TimeUnit.NANOSECONDS);
        }

        private void listen() {
            try (var in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 64 * 1024))) {
                while (true) {
                    answers.put(new Answer(ParserWire.read(in)));
                }
            } catch (IOException | OutOfMemoryError gone) {
                end();
            } catch (InterruptedException killed) {
                Thread.currentThread().interrupt();
            }
        }

        private void end() {
            try {
                answers.put(new Answer(null));
            } catch (InterruptedException killed) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @param message null where the process is gone */
    private record Answer(@Nullable Message message) {}

    /**
     * Parses a file.
     *
     * @return {@link Message.End} after its text, or that it is text itself
     * @throws UnreadableDocumentException saying why there is no text to be had, or no more
     */
    Message parse(Path file, String name, int partChars, PartSink sink)
            throws UnreadableDocumentException, InterruptedException {
        Duration allowed = allowance(file);
        boolean done = false;
        try {
            Message last = parse(child(), file, name, allowed, partChars, sink);
            done = true;
            return last;
        } catch (RefusedException refusal) {
            done = true;
            throw refusal.refusal;
        } catch (IOException failure) {
            throw new UnreadableDocumentException(
                    "cannot be parsed: the parser process cannot be started or reached (" + failure.getMessage() + ")",
                    "run again",
                    Retry.ALWAYS);
        } finally {
            if (!done) {
                kill();
            }
        }
    }

    /** What the process itself says: it is ready for the next file. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient UnreadableDocumentException refusal;

        RefusedException(UnreadableDocumentException refusal) {
            super(null, null, false, false);
            this.refusal = refusal;
        }
    }

    private Duration allowance(Path file) throws UnreadableDocumentException {
        try {
            return limits.allowance().of(Files.size(file));
        } catch (IOException failure) {
            throw ReadFailures.ofSystem(failure);
        }
    }

    private Message parse(Child child, Path file, String name, Duration allowed, int partChars, PartSink sink)
            throws IOException, UnreadableDocumentException, RefusedException, InterruptedException {
        new ParserWire.Request(file.toUri().toString(), name, partChars, limits.maxChars()).write(child.requests);
        child.requests.flush();
        Duration left = allowed;
        DocumentHead head = null;
        while (true) {
            boolean isLastWait = left.compareTo(limits.timeout()) < 0;
            long asked = System.nanoTime();
            Answer answer = child.answer(isLastWait ? left : limits.timeout());
            if (answer == null) {
                throw isLastWait ? tooSlow(allowed) : silent();
            }
            left = left.minusNanos(System.nanoTime() - asked);
            switch (answer.message()) {
                case null -> throw crashed(child);
                case Message.Head(DocumentHead given) -> head = given;
                case Message.Part(ExtractedText part) -> {
                    if (head == null) {
                        throw new IOException("text without a head");
                    }
                    sink.part(head, part);
                }
                case Message.Refused(String reason, String remedy, Retry retry) ->
                    throw new RefusedException(new UnreadableDocumentException(reason, remedy, retry));
                case Message last -> {
                    return last;
                }
            }
        }
    }

    private UnreadableDocumentException silent() {
        return new UnreadableDocumentException(
                "reading gave nothing for " + limits.timeout().toSeconds() + " s",
                "split the file, or raise indexer.read.timeout",
                Retry.TWICE);
    }

    private UnreadableDocumentException tooSlow(Duration allowed) {
        return new UnreadableDocumentException(
                "reading did not end within " + allowed.toSeconds() + " s", ReadFailures.SPLIT_OR_WAIT, Retry.TWICE);
    }

    private UnreadableDocumentException crashed(Child child) throws InterruptedException {
        boolean exited = child.process.waitFor(EXIT.toSeconds(), TimeUnit.SECONDS);
        if (exited && SIGNALS_TO_END.contains(child.process.exitValue())) {
            // A terminal's Ctrl-C goes to both processes; this one hears of it at the same time.
            throw new InterruptedException("the parser process was told to end");
        }
        if (exited && child.process.exitValue() == OUT_OF_MEMORY) {
            return new UnreadableDocumentException(
                    "needs more than %,d MiB of memory to read".formatted(limits.parserBytes() >> 20),
                    "split it, or give the run more --memory",
                    Retry.TWICE);
        }
        return new UnreadableDocumentException(
                "ended the parser process" + (exited ? " with status " + child.process.exitValue() : ""),
                "open it in its own program and save it again, or leave it out",
                Retry.TWICE);
    }

    private Child child() throws IOException, InterruptedException {
        Child running = child;
        if (running == null || !running.process.isAlive()) {
            kill();
            running = start();
            child = running;
            // Its start is not the first file's fault.
            Answer answer = running.answer(START);
            if (answer == null || !(answer.message() instanceof Message.Ready)) {
                throw new IOException(answer == null ? "it does not answer" : "it ended at once");
            }
        }
        return running;
    }

    private Child start() throws IOException {
        TemporaryFolder folder = TemporaryFolder.make("parser");
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + limits.parserBytes(),
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:TieredStopAtLevel=1",
                "-XX:ReservedCodeCacheSize=32m",
                "-XX:MaxMetaspaceSize=160m",
                "-XX:MaxDirectMemorySize=32m",
                "-XX:-UsePerfData",
                "-Djava.awt.headless=true",
                "-Duser.language=en",
                "-Duser.country=US",
                "-Duser.timezone=UTC",
                "-Djava.io.tmpdir=" + folder.path(),
                "-DSISKIN_LOG_LEVEL=OFF",
                "-cp",
                classPath(),
                ParserMain.class.getName());
        restrict(builder.environment());
        try {
            Process process = builder.redirectError(Redirect.DISCARD).start();
            var _ = process.onExit().thenRun(folder::close);
            return new Child(process, folder);
        } catch (IOException | RuntimeException failure) {
            folder.close();
            throw failure;
        }
    }

    /** Keeps the encoding of file names, and has the system say in English what fails, see {@link ReadFailures}. */
    static void restrict(Map<String, String> environment) {
        environment.keySet().retainAll(KEPT_ENVIRONMENT);
        Stream.of("LC_ALL", "LC_CTYPE", "LANG")
                .map(name -> environment.getOrDefault(name, ""))
                .filter(locale -> !locale.isEmpty())
                .findFirst()
                .ifPresent(locale -> environment.put("LC_CTYPE", locale));
        environment.remove("LC_ALL");
        environment.put("LC_MESSAGES", "C");
        environment.put("MALLOC_ARENA_MAX", "2");
    }

    /** In absolute terms: the process may be started elsewhere. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                List.of(System.getProperty("java.class.path").split(File.pathSeparator)).stream()
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
    }

    private void kill() {
        Child running = child;
        child = null;
        if (running == null) {
            return;
        }
        running.process.destroyForcibly();
        try {
            running.process.waitFor(EXIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        running.listener.interrupt();
        running.folder.close();
    }

    /** Ends the process. */
    @Override
    public void close() {
        kill();
    }
}
