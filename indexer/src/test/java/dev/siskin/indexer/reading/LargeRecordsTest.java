package dev.siskin.indexer.reading;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.siskin.indexer.sending.ContentHash;
import dev.siskin.indexer.source.FileSelection;
import dev.siskin.indexer.source.FileVisitor;
import dev.siskin.indexer.source.RecordFields;
import dev.siskin.indexer.source.SourceFile;
import dev.siskin.indexer.source.Sources;
import dev.siskin.indexer.source.Spool;
import dev.siskin.indexer.source.TimeAllowance;
import dev.siskin.indexer.source.TimedReads;
import dev.siskin.indexer.source.Unpacking;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The largest records that are taken, found by one thread while another reads those before, in a process with little heap:
 * the one that embeds has 73 MiB, and more to hold than this.
 */
class LargeRecordsTest {
    private static final String HEAP = "-Xmx64m";
    private static final int RECORDS = 3;
    private static final int RECORD_BYTES = 8 * 1024 * 1024 - 100;

    private static final TimeAllowance ALLOWANCE = new TimeAllowance(Duration.ofMinutes(5));
    private static final TimedReads READS = new TimedReads(ALLOWANCE);

    @TempDir
    Path folder;

    /** Finds, hashes and reads the records of the folder given, and prints how many. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws Exception {
            BlockingQueue<Optional<SourceFile>> found = new ArrayBlockingQueue<>(1);
            Thread find = Thread.ofPlatform().start(() -> {
                try (var spool = new Spool(1 << 20)) {
                    sources(Path.of(args[0]), spool).walk(new Finder(found));
                    found.put(Optional.empty());
                } catch (Exception failure) {
                    throw new IllegalStateException(failure);
                }
            });
            int records = 0;
            for (var next = found.take(); next.isPresent(); next = found.take()) {
                SourceFile record = next.get();
                RecordReader.read(
                        record.path(),
                        record.record().orElseThrow(),
                        READS,
                        PartBuilder.PART_CHARS,
                        Integer.MAX_VALUE,
                        (_, _) -> {});
                records++;
            }
            find.join();
            System.out.println(records);
        }

        private static Sources sources(Path folder, Spool spool) throws Exception {
            return Sources.of(
                    List.of(folder),
                    Optional.empty(),
                    FileSelection.of(List.of(), List.of()),
                    new Unpacking(spool, 1 << 30, ALLOWANCE, Optional.of(RecordFields.DEFAULTS)));
        }
    }

    private record Finder(BlockingQueue<Optional<SourceFile>> found) implements FileVisitor {
        private static final ContentHash HASH = new ContentHash(List.of(), READS);

        @Override
        public boolean file(SourceFile file) throws InterruptedException {
            try {
                assertThat(HASH.of(file)).hasSize(64);
            } catch (IOException failure) {
                throw new IllegalStateException(failure);
            }
            found.put(Optional.of(file));
            return true;
        }

        @Override
        public void unreadable(SourceFile file, String reason, String remedy) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void malformed(SourceFile file, String where, String reason, String remedy) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void unreachable(Path path, String reason) {
            throw new IllegalStateException(reason);
        }
    }

    private void write(String before, IntFunction<String> repeated, String after) throws IOException {
        try (BufferedWriter file = Files.newBufferedWriter(folder.resolve("records.jsonl"))) {
            for (int record = 0; record < RECORDS; record++) {
                file.write("{\"id\":" + record + "," + before);
                int left = RECORD_BYTES;
                for (int i = 0; left > 0; i++) {
                    String next = repeated.apply(i);
                    file.write(next);
                    left -= next.getBytes(UTF_8).length;
                }
                file.write(after + "}\n");
            }
        }
    }

    private String inLittleHeap() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    @Test
    void texts_areHeldOneAtATime() throws Exception {
        write("\"text\":\"", _ -> "word ", " …\"");

        assertThat(inLittleHeap()).isEqualTo("3");
    }

    @Test
    void fieldsWithoutUse_areNotHeld() throws Exception {
        write("\"text\":\"short\",\"other\":[", _ -> "{},", "{}]");

        assertThat(inLittleHeap()).isEqualTo("3");
    }

    @Test
    void names_areNotHeld() throws Exception {
        write("\"text\":\"short\"", i -> ",\"" + i + "\":1", "");

        assertThat(inLittleHeap()).isEqualTo("3");
    }

    @Test
    void metadataInGreatNumbers_isNotHeld() throws Exception {
        write("\"text\":\"short\",\"metadata\":{\"of\":[1", i -> ",\"" + i + "\"", "]}");

        assertThat(inLittleHeap()).isEqualTo("3");
    }
}
