package dev.siskin.indexer.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainersTest {
    private static final Map<String, String> TWO = Map.of("a.txt", "first", "deep/b.txt", "second");

    @TempDir
    Path folder;

    private final Spool spool = new Spool(1 << 20);
    private long maxFileBytes = 200_000;

    @AfterEach
    void close() {
        spool.close();
    }

    /** Every document with its content, and every complaint. */
    private final class Found implements FileVisitor {
        private final Map<String, String> contents = new LinkedHashMap<>();
        private final List<SourceFile> files = new ArrayList<>();
        private final List<String> complaints = new ArrayList<>();

        @Override
        public boolean file(SourceFile file) {
            files.add(file);
            try {
                byte[] bytes = file.record().isPresent()
                        ? file.record().get().bytes(file.path())
                        : Files.readAllBytes(file.path());
                contents.put(file.id(), new String(bytes, UTF_8));
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
        var unpacking = new Unpacking(spool, maxFileBytes, records);
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

    @Test
    void sevenZip_isWalked() throws Exception {
        try (var file = new SevenZOutputFile(folder.resolve("x.7z").toFile())) {
            file.putArchiveEntry(file.createArchiveEntry(Files.writeString(folder.resolve(".a"), "first"), "a.txt"));
            file.write("first".getBytes(UTF_8));
            file.closeArchiveEntry();
        }

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
}
