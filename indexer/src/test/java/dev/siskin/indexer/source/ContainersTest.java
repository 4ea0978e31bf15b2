package dev.siskin.indexer.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.sevenz.SevenZOutputFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.UnixStat;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainersTest {
    private static final Map<String, String> TWO = Map.of("a.txt", "first", "deep/b.txt", "second");

    @TempDir
    Path folder;

    private final Spool spool = new Spool(1 << 20);
    private long maxFileBytes = 200_000;
    private TimeAllowance allowance = new TimeAllowance(Duration.ofMinutes(5));

    @AfterEach
    void close() {
        spool.close();
    }

    /** Every document with its content, and every complaint. */
    private class Found implements FileVisitor {
        private final Map<String, String> contents = new LinkedHashMap<>();
        private final List<SourceFile> files = new ArrayList<>();
        private final List<String> complaints = new ArrayList<>();
        private final List<String> passing = new ArrayList<>();

        @Override
        public boolean file(SourceFile file) {
            files.add(file);
            try (InputStream in = file.record().isPresent()
                    ? file.record().get().open(file.path(), new TimedReads(allowance))
                    : Files.newInputStream(file.path())) {
                contents.put(file.id(), new String(in.readAllBytes(), UTF_8));
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
            spool.discard(file);
            return true;
        }

        @Override
        public void unreadable(SourceFile file, String reason, String remedy) {
            complaints.add(file.id() + ": " + reason);
        }

        @Override
        public void unreadableForNow(SourceFile file, String reason, String remedy) {
            passing.add(file.id() + ": " + reason);
        }

        @Override
        public void malformed(SourceFile file, String where, String reason, String remedy) {
            complaints.add(where + ": " + reason);
        }

        @Override
        public void unreachable(Path path, String reason) {
            complaints.add(path + ": " + reason);
        }
    }

    private Found walk(FileSelection selection, Optional<RecordFields> records) throws Exception {
        var found = new Found();
        var unpacking = new Unpacking(spool, maxFileBytes, allowance, records);
        Sources.of(List.of(folder), Optional.of("s"), selection, unpacking).walk(found);
        return found;
    }

    private Found walk() throws Exception {
        return walk(FileSelection.ALL, Optional.empty());
    }

    private static byte[] zip(Map<String, String> entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] tar(Map<String, String> entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(bytes)) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                byte[] content = entry.getValue().getBytes(UTF_8);
                var header = new TarArchiveEntry(entry.getKey());
                header.setSize(content.length);
                tar.putArchiveEntry(header);
                tar.write(content);
                tar.closeArchiveEntry();
            }
            tar.putArchiveEntry(new TarArchiveEntry("link", TarConstants.LF_SYMLINK));
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }

    private void write(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        OutputStream out = Files.newOutputStream(file);
        try (OutputStream compressed = switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "gz", "tgz" -> new GZIPOutputStream(out);
            case "bz2" -> new BZip2CompressorOutputStream(out);
            case "xz" -> new XZCompressorOutputStream(out);
            default -> out;
        }) {
            compressed.write(content);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.tar", "x.tar.gz", "x.tgz", "x.tar.bz2", "x.tar.xz"})
    void tar_isWalked_howeverCompressed(String name) throws Exception {
        write(name, tar(TWO));

        assertThat(walk().contents)
                .isEqualTo(Map.of("s/" + name + "/a.txt", "first", "s/" + name + "/deep/b.txt", "second"));
    }

    @Test
    void zip_isWalked_andItsEntriesHaveAddressesOfTheirOwn() throws Exception {
        write("x.zip", zip(Map.of("deep/a b.txt", "first")));

        Found found = walk();

        assertThat(found.contents).isEqualTo(Map.of("s/x.zip/deep/a b.txt", "first"));
        assertThat(found.files.getFirst().uri())
                .hasValueSatisfying(uri -> assertThat(uri.toString()).endsWith("/x.zip#deep/a%20b.txt"));
        assertThat(found.files.getFirst().path()).doesNotExist();
    }

    private void sevenZip(String name) throws IOException {
        try (var file = new SevenZOutputFile(folder.resolve(name).toFile())) {
            file.putArchiveEntry(file.createArchiveEntry(Files.writeString(folder.resolve(".a"), "first"), "a.txt"));
            file.write("first".getBytes(UTF_8));
            file.closeArchiveEntry();
        }
    }

    @Test
    void sevenZip_isWalked() throws Exception {
        sevenZip("x.7z");

        assertThat(walk().contents).isEqualTo(Map.of("s/x.7z/a.txt", "first"));
    }

    @Test
    void compressedFile_isOneDocument() throws Exception {
        write("notes.txt.gz", "text".getBytes(UTF_8));

        assertThat(walk().contents).isEqualTo(Map.of("s/notes.txt.gz/notes.txt", "text"));
    }

    @Test
    void archive_inAnArchive_isWalked_toADepth() throws Exception {
        byte[] nested = zip(Map.of("a.txt", "deepest"));
        write("two.tar", nestedTar("b.zip", nested));
        for (int i = 0; i < 3; i++) {
            nested = nestedTar("n.tar", nested);
        }
        write("many.tar", nested);

        Found found = walk();

        assertThat(found.contents).isEqualTo(Map.of("s/two.tar/b.zip/a.txt", "deepest"));
        assertThat(found.complaints).singleElement().asString().contains("s/many.tar/n.tar/n.tar/n.tar: is an archive");
    }

    private static byte[] nestedTar(String name, byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(bytes)) {
            var header = new TarArchiveEntry(name);
            header.setSize(content.length);
            tar.putArchiveEntry(header);
            tar.write(content);
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }

    @Test
    void entries_cannotLeaveTheArchive_andHiddenOnesAreLeftOut() throws Exception {
        write("x.zip", zip(Map.of("../../etc/passwd", "1", "/abs.txt", "2", ".git/config", "3", "__MACOSX/a", "4")));

        assertThat(walk().contents.keySet()).containsExactlyInAnyOrder("s/x.zip/etc/passwd", "s/x.zip/abs.txt");
    }

    @Test
    void entries_areSelectedByTheSamePatterns() throws Exception {
        write("x.zip", zip(Map.of("a.md", "1", "b.txt", "2", "drafts/c.md", "3")));

        assertThat(walk(FileSelection.of(List.of("*.md"), List.of("drafts")), Optional.empty()).contents)
                .isEqualTo(Map.of("s/x.zip/a.md", "1"));
        assertThat(walk(FileSelection.of(List.of(), List.of("*.zip")), Optional.empty()).contents)
                .isEmpty();
    }

    @Test
    void largeEntry_isLeftOut() throws Exception {
        write("large.zip", zip(Map.of("a.txt", "x".repeat(300_000))));
        write("bomb.gz", new byte[80 << 20]);

        Found found = walk();

        assertThat(found.contents).isEmpty();
        assertThat(found.complaints)
                .containsExactly(
                        "s/bomb.gz/bomb: has more than 200,000 bytes",
                        "s/large.zip/a.txt: has more than 200,000 bytes");
    }

    @Test
    void bomb_ofManyEntries_isGivenUp() throws Exception {
        maxFileBytes = 2 << 20;
        var bomb = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bomb)) {
            for (int i = 0; i < 100; i++) {
                zip.putNextEntry(new ZipEntry(Integer.toString(i)));
                zip.write(new byte[1 << 20]);
            }
        }
        write("bomb.zip", bomb.toByteArray());

        assertThat(walk().complaints)
                .containsExactly("s/bomb.zip: cannot be unpacked: unpacks to more than 250 times its size");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.zip", "x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz", "x.txt.gz", "x.7z"})
    void archive_thatTakesTooLong_isGivenUp_andTheNextFileIsShown(String name) throws Exception {
        if (name.endsWith(".7z")) {
            sevenZip(name);
        } else {
            write(name, name.endsWith(".zip") ? zip(TWO) : name.contains(".tar") ? tar(TWO) : new byte[1000]);
        }
        Files.writeString(folder.resolve("z.txt"), "fine");
        // Any read takes longer.
        allowance = new TimeAllowance(Duration.ofNanos(1));

        Found found = walk();

        assertThat(found.contents).isEqualTo(Map.of("s/z.txt", "fine"));
        assertThat(found.complaints)
                .containsExactly(
                        "s/" + name + ": cannot be unpacked: takes longer than 0 s, see indexer.read.total.timeout");
    }

    @Test
    void archives_withinOne_shareItsTime() throws Exception {
        var clock = new UnpackingClock(Duration.ofDays(1));
        clock.count(System.nanoTime() - Duration.ofHours(20).toNanos());

        assertThatThrownBy(() ->
                        clock.count(System.nanoTime() - Duration.ofHours(20).toNanos()))
                .hasMessageContaining("takes longer than 86,400 s");
    }

    private Optional<Integer> counted(Optional<RecordFields> records) throws Exception {
        var counter = new FileVisitor() {
            private int files;
            private boolean isUncountable;

            @Override
            public boolean readsContent() {
                return false;
            }

            @Override
            public boolean uncountable() {
                isUncountable = true;
                return false;
            }

            @Override
            public boolean file(SourceFile file) {
                files++;
                return true;
            }

            @Override
            public void unreadable(SourceFile file, String reason, String remedy) {
                throw new AssertionError(reason);
            }

            @Override
            public void malformed(SourceFile file, String where, String reason, String remedy) {
                throw new AssertionError(reason);
            }

            @Override
            public void unreachable(Path path, String reason) {
                throw new AssertionError(reason);
            }
        };
        // Nothing may be unpacked.
        var unpacking = new Unpacking(spool, 0, new TimeAllowance(Duration.ofMinutes(5)), records);
        Sources.of(List.of(folder), Optional.of("s"), FileSelection.ALL, unpacking)
                .walk(counter);
        return counter.isUncountable ? Optional.empty() : Optional.of(counter.files);
    }

    @Test
    void entries_areCounted_whereTheArchiveListsThem() throws Exception {
        write("x.zip", zip(TWO));
        write("y.tar", tar(TWO));
        write("z.txt.gz", "text".getBytes(UTF_8));
        sevenZip("x.7z");

        assertThat(counted(Optional.empty())).contains(6);
    }

    @Test
    void entries_areNotCounted_whereThatMeansUnpackingThem() throws Exception {
        Files.write(folder.resolve("x.tgz"), new byte[] {1, 2, 3});
        assertThat(counted(Optional.empty())).isEmpty();

        Files.delete(folder.resolve("x.tgz"));
        write("x.zip", zip(Map.of("inner.zip", "damaged")));
        assertThat(counted(Optional.empty())).isEmpty();

        write("x.zip", zip(Map.of("corpus.jsonl", "{")));
        assertThat(counted(RECORDS)).isEmpty();
    }

    @Test
    void copies_thatRecordsAreReadFrom_goWithTheLastRecord() throws Exception {
        write("a.zip", zip(Map.of("corpus.jsonl", "{\"_id\":1}\n{\"_id\":2}\n")));
        List<SourceFile> waiting = new ArrayList<>();
        var found = new Found() {
            @Override
            public boolean file(SourceFile file) {
                waiting.add(file);
                return true;
            }
        };
        Sources.of(
                        List.of(folder),
                        Optional.of("s"),
                        FileSelection.ALL,
                        new Unpacking(spool, maxFileBytes, allowance, RECORDS))
                .walk(found);

        assertThat(waiting).hasSize(2);
        spool.discard(waiting.getFirst());
        assertThat(waiting.getLast().path()).exists();
        spool.discard(waiting.getLast());
        assertThat(waiting.getLast().path()).doesNotExist();
    }

    @Test
    void damagedArchive_isReported_andTheNextIsWalked() throws Exception {
        byte[] whole = tar(TWO);
        write("a.zip", "no zip".getBytes(UTF_8));
        Files.write(folder.resolve("b.tar.gz"), new byte[] {1, 2, 3});
        write("c.tar", java.util.Arrays.copyOf(whole, 700));
        Files.write(folder.resolve("d.7z"), new byte[] {1, 2, 3});
        write("z.zip", zip(Map.of("a.txt", "fine")));

        Found found = walk();

        assertThat(found.contents).containsEntry("s/z.zip/a.txt", "fine");
        assertThat(found.complaints)
                .hasSize(4)
                .allSatisfy(complaint -> assertThat(complaint).contains("cannot be unpacked: "));
    }

    @Test
    void damagedEntryOfAZip_costsNoOther() throws Exception {
        var entries = new LinkedHashMap<String, String>();
        List.of("a.txt", "b.txt", "c.txt").forEach(name -> entries.put(name, "text of " + name));
        byte[] zip = zip(entries);
        // A block of a kind that there is not, where the second entry's content begins.
        zip[new String(zip, ISO_8859_1).indexOf("b.txt") + "b.txt".length()] = 7;
        write("x.zip", zip);

        Found found = walk();

        assertThat(found.contents)
                .isEqualTo(Map.of("s/x.zip/a.txt", "text of a.txt", "s/x.zip/c.txt", "text of c.txt"));
        assertThat(found.complaints).singleElement().asString().startsWith("s/x.zip/b.txt: cannot be unpacked: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.zip", "x.tar", "x.txt.gz", "x.7z"})
    void failureOfWhoTakesTheEntries_isNoDamage(String name) throws Exception {
        if (name.endsWith(".7z")) {
            sevenZip(name);
        } else {
            write(name, name.endsWith(".zip") ? zip(TWO) : name.contains(".tar") ? tar(TWO) : new byte[1000]);
        }
        Found failing = new Found() {
            @Override
            public boolean file(SourceFile file) {
                throw new IllegalStateException("a bug");
            }
        };
        var unpacking = new Unpacking(spool, maxFileBytes, allowance, Optional.empty());
        Sources sources = Sources.of(List.of(folder), Optional.of("s"), FileSelection.ALL, unpacking);

        assertThatThrownBy(() -> sources.walk(failing))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a bug");
    }

    private static final Optional<RecordFields> RECORDS = Optional.of(RecordFields.DEFAULTS);

    @Test
    void records_areDocuments_withTheBytesOfTheirLines() throws Exception {
        String first = "{\"_id\":\"a/1\",\"title\":\"é\"}";
        String second = "{\"id\":7,\"text\":\"x\"}";
        write("corpus.jsonl", ("\ufeff" + first + "\r\n\n" + second).getBytes(UTF_8));
        write("queries.jsonl", second.getBytes(UTF_8));
        write("other.txt", second.getBytes(UTF_8));

        Found found = walk(FileSelection.ALL, RECORDS);

        assertThat(found.contents.keySet()).containsExactly("s/corpus.jsonl/a/1", "s/corpus.jsonl/7");
        assertThat(found.contents.values()).allSatisfy(json -> assertThat(json).startsWith("{"));
        assertThat(found.contents.get("s/corpus.jsonl/7")).isEqualTo(second);
    }

    @Test
    void line_ofAsManyBytesAsMayBe_isARecord_whateverEndsIt() throws Exception {
        String before = "{\"_id\":1,\"text\":\"";
        String longest = before + "x".repeat(JsonLines.MAX_LINE_BYTES - before.length() - 2) + "\"}";
        write("a.jsonl", (longest + "\r\n" + longest + " \n").getBytes(UTF_8));

        Found found = walk(FileSelection.ALL, RECORDS);

        assertThat(found.contents.keySet()).containsExactly("s/a.jsonl/1");
        assertThat(found.complaints).singleElement().asString().contains("line 2: has more than 8,388,608 bytes");
    }

    @Test
    void line_thatIsNoRecord_isReportedAlone() throws Exception {
        write("a.jsonl", "{\"_id\":1}\n{oops\n[]\n{\"text\":\"no id\"}\n{\"_id\":2}\n".getBytes(UTF_8));

        Found found = walk(FileSelection.ALL, RECORDS);

        assertThat(found.contents.keySet()).containsExactly("s/a.jsonl/1", "s/a.jsonl/2");
        assertThat(found.complaints).hasSize(3);
        assertThat(found.complaints.get(0)).startsWith("s/a.jsonl, line 2: is no JSON");
        assertThat(found.complaints.get(1)).startsWith("s/a.jsonl, line 3: is no JSON object");
        assertThat(found.complaints.get(2)).startsWith("s/a.jsonl, line 4: has no id in [_id, id]");
    }

    @Test
    void records_inACompressedFile_areFound() throws Exception {
        write("corpus.jsonl.gz", "{\"_id\":1}\n".getBytes(UTF_8));

        assertThat(walk(FileSelection.ALL, RECORDS).contents)
                .isEqualTo(Map.of("s/corpus.jsonl.gz/corpus.jsonl/1", "{\"_id\":1}"));
    }

    @Test
    void zip_withLinksAndStoredEntries_isWalkedByItsDirectory() throws Exception {
        try (var zip = new ZipArchiveOutputStream(folder.resolve("x.zip"))) {
            var link = new ZipArchiveEntry("link");
            link.setUnixMode(UnixStat.LINK_FLAG | 0777);
            zip.putArchiveEntry(link);
            zip.write("/etc/passwd".getBytes(UTF_8));
            zip.closeArchiveEntry();
            var stored = new ZipArchiveEntry("stored.txt");
            stored.setMethod(ZipEntry.STORED);
            byte[] content = "stored".getBytes(UTF_8);
            var crc = new CRC32();
            crc.update(content);
            stored.setCrc(crc.getValue());
            stored.setSize(content.length);
            zip.putArchiveEntry(stored);
            zip.write(content);
            zip.closeArchiveEntry();
        }

        assertThat(walk().contents).isEqualTo(Map.of("s/x.zip/stored.txt", "stored"));
    }

    @Test
    void queries_inAnArchive_areNoRecords() throws Exception {
        write(
                "scifact.zip",
                zip(Map.of("scifact/corpus.jsonl", "{\"_id\":1}", "scifact/queries.jsonl", "{\"_id\":2}")));

        assertThat(walk(FileSelection.ALL, RECORDS).contents.keySet())
                .containsExactly("s/scifact.zip/scifact/corpus.jsonl/1");
    }

    @Test
    void spool_thatIsCleared_hasItsRoomAgain_andNoCopies() throws Exception {
        var entry = new SourceFile(
                spool.copy(new java.io.ByteArrayInputStream(new byte[10]), 100),
                "s",
                "a.zip/b",
                Optional.empty(),
                true,
                Optional.empty());
        spool.admit(entry, 1 << 20);

        spool.clear();
        spool.admit(entry, 1 << 20);

        assertThat(entry.path()).doesNotExist();
        assertThat(spool.copy(new java.io.ByteArrayInputStream(new byte[10]), 100))
                .exists();
    }

    /** The start of a process's memory is a file that opens and cannot be read. */
    @ParameterizedTest
    @ValueSource(strings = {"x.7z", "x.tar", "x.tar.gz", "x.gz"})
    @EnabledOnOs(OS.LINUX)
    void archive_thatCannotBeReadForNow_isNotTakenForDamaged(String name) throws Exception {
        Files.createSymbolicLink(folder.resolve(name), Path.of("/proc/self/mem"));

        Found found = walk();

        assertThat(found.complaints).isEmpty();
        assertThat(found.passing).singleElement().asString().startsWith("s/" + name + ": cannot be read: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.tar", "x.tar.gz"})
    void interrupt_endsTheWalk_withinAnEntryThatIsLeftOut(String name) throws Exception {
        var entries = new LinkedHashMap<String, String>();
        entries.put("a.md", "first");
        entries.put("large.txt", "x".repeat(3_000_000));
        entries.put("z.md", "last");
        write(name, tar(entries));
        Found found = new Found() {
            @Override
            public boolean file(SourceFile file) {
                Thread.currentThread().interrupt();
                return super.file(file);
            }
        };
        var unpacking = new Unpacking(spool, maxFileBytes, allowance, Optional.empty());
        Sources sources =
                Sources.of(List.of(folder), Optional.of("s"), FileSelection.of(List.of("*.md"), List.of()), unpacking);

        assertThatThrownBy(() -> sources.walk(found)).isInstanceOf(InterruptedException.class);

        assertThat(found.files).hasSize(1);
        assertThat(found.complaints).isEmpty();
    }
}
