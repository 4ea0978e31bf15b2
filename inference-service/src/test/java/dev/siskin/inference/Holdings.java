package dev.siskin.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** What this process holds, against what it held when the counting began: threads and sockets. */
final class Holdings implements AutoCloseable {
    private static final String STARTED = "jdk.VirtualThreadStart";
    private static final String ENDED = "jdk.VirtualThreadEnd";

    /** Pools that shrink by themselves: carriers of virtual threads, and the executors of the JDK's HTTP clients. */
    private static final Pattern SHRINKING =
            Pattern.compile("ForkJoinPool.*|HttpClient-#-Worker-#|VirtualThread-.*|JFR .*");

    private final Path folder;
    private final Recording virtualThreads = new Recording();

    /**
     * What is held now.
     *
     * @param threads platform threads by name, numbers left out
     * @param virtualThreads those that were started since the counting began, less those that ended
     * @param sockets open ones
     */
    record Count(Map<String, Integer> threads, long virtualThreads, long sockets) {
        /** Whether nothing came on top; sockets closed just before still counted then, until their selector woke up. */
        boolean isNoMoreThan(Count before) {
            return threads.entrySet().stream()
                            .allMatch(name -> name.getValue() <= before.threads.getOrDefault(name.getKey(), 0))
                    && virtualThreads <= before.virtualThreads
                    && sockets <= before.sockets;
        }
    }

    /** @param folder for what is recorded of virtual threads */
    Holdings(Path folder) {
        this.folder = folder;
        virtualThreads.enable(STARTED);
        virtualThreads.enable(ENDED);
        virtualThreads.start();
    }

    Count count() throws IOException {
        return new Count(platformThreads(), virtualThreads(), sockets());
    }

    private static Map<String, Integer> platformThreads() {
        var threads = new TreeMap<String, Integer>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            String name = thread.getName().replaceAll("\\d+", "#");
            if (!SHRINKING.matcher(name).matches()) {
                threads.merge(name, 1, Integer::sum);
            }
        }
        return threads;
    }

    private long virtualThreads() throws IOException {
        Path recorded = folder.resolve("threads.jfr");
        virtualThreads.dump(recorded);
        long running = 0;
        for (RecordedEvent event : RecordingFile.readAllEvents(recorded)) {
            running += switch (event.getEventType().getName()) {
                case STARTED -> 1;
                case ENDED -> -1;
                default -> 0;
            };
        }
        return running;
    }

    private static long sockets() throws IOException {
        long sockets = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                sockets += isSocket(descriptor) ? 1 : 0;
            }
        }
        return sockets;
    }

    private static boolean isSocket(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (NoSuchFileException closed) {
            return false;
        }
    }

    @Override
    public void close() {
        virtualThreads.close();
    }
}
