package dev.siskin.indexer.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
    @TempDir
    Path folder;

    private Path papers = Path.of("");

    @BeforeEach
    void makeFolder() throws Exception {
        papers = Files.createDirectories(folder.resolve("papers"));
        write("b.txt");
        write("a.pdf");
        write("deep/er/c.md");
        write(".hidden");
        write(".git/config");
        write("CVS/Root");
    }

    private Path write(String path) throws Exception {
        Path file = papers.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "text");
    }

    private static final Spool SPOOL = new Spool(1 << 20);
    private static final Unpacking DOCUMENTS =
            new Unpacking(SPOOL, 1 << 20, new TimeAllowance(Duration.ofMinutes(5)), Optional.empty());

    @AfterAll
    static void removeSpool() {
        SPOOL.close();
    }

    private static final class Found implements FileVisitor {
        private final List<String> ids = new ArrayList<>();
        private final List<String> unreachable = new ArrayList<>();

        @Override
        public boolean file(SourceFile file) {
            ids.add(file.id());
            return true;
        }

        @Override
        public void unreadable(SourceFile file, String reason, String remedy) {
            unreachable.add(file.fileName() + " " + reason);
        }

        @Override
        public void malformed(SourceFile file, String where, String reason, String remedy) {
            unreachable.add(where + " " + reason);
        }

        @Override
        public void unreachable(Path path, String reason) {
            unreachable.add(path.getFileName() + " " + reason);
        }
    }

    private static Found walk(List<Path> paths) throws Exception {
        return walk(paths, FileSelection.ALL);
    }

    private static Found walk(List<Path> paths, FileSelection selection) throws Exception {
        var found = new Found();
        Sources.of(paths, Optional.empty(), selection, DOCUMENTS).walk(found);
        return found;
    }

    private List<String> taken(List<String> include, List<String> exclude) throws Exception {
        return walk(List.of(papers), FileSelection.of(include, exclude)).ids;
    }

    @Test
    void sidecar_isFound_alsoOfAFileWhoseNameIsNoText() throws Exception {
        for (String name : List.of("caf%E9.pdf", "caf%C3%A9.pdf", "a%20b%23%25.pdf")) {
            Path file = Files.writeString(Path.of(java.net.URI.create(papers.toUri() + name)), "text");
            Path sidecar =
                    Files.writeString(Path.of(java.net.URI.create(papers.toUri() + name + ".metadata.json")), "{}");

            assertThat(Sources.sidecar(new SourceFile(file, "papers", "cafe.pdf")))
                    .contains(sidecar);
        }
    }

    @Test
    void folder_ofManyLevels_isWalked() throws Exception {
        Path deepest = papers;
        for (int i = 0; i < 1500; i++) {
            deepest = Files.createDirectory(deepest.resolve("d"));
            if (i % 500 == 0) {
                Files.writeString(deepest.resolve(".siskinignore"), "*.pdf\n");
            }
        }
        Files.writeString(deepest.resolve("leaf.txt"), "text");
        var ids = new java.util.concurrent.FutureTask<>(() -> walk(List.of(papers)).ids);

        new Thread(null, ids, "small", 256 * 1024).start();

        assertThat(ids.get()).anyMatch(id -> id.endsWith("/d/d/leaf.txt"));
    }

    @Test
    void folder_isWalkedInOrder_withoutHiddenFilesAndVersionControl() throws Exception {
        assertThat(walk(List.of(papers)).ids).containsExactly("papers/a.pdf", "papers/b.txt", "papers/deep/er/c.md");
    }

    @Test
    void file_hasTheSameIdAloneAndInItsFolder() throws Exception {
        assertThat(walk(List.of(papers.resolve("a.pdf"))).ids).containsExactly("papers/a.pdf");
    }

    @Test
    void file_givenBesideItsFolder_isFoundOnce() throws Exception {
        assertThat(walk(List.of(papers.resolve("a.pdf"), papers)).ids)
                .hasSize(3)
                .doesNotHaveDuplicates();
        assertThat(walk(List.of(papers, papers.resolve("a.pdf"), papers)).ids).hasSize(3);
    }

    @Test
    void link_toAFolder_isNotFollowed() throws Exception {
        Files.createSymbolicLink(papers.resolve("loop"), papers);

        assertThat(walk(List.of(papers)).ids).hasSize(3);
    }

    @Test
    void link_toAFile_isFollowed_andOneToNothingIsReported() throws Exception {
        Files.createSymbolicLink(papers.resolve("z.txt"), papers.resolve("b.txt"));
        Files.createSymbolicLink(papers.resolve("broken"), papers.resolve("nowhere"));

        Found found = walk(List.of(papers));

        assertThat(found.ids).contains("papers/z.txt").hasSize(4);
        assertThat(found.unreachable).containsExactly("broken is a link to nothing");
    }

    @Test
    void sourceName_replacesTheFoldersName() throws Exception {
        var found = new Found();
        Sources.of(List.of(papers), Optional.of("mine"), FileSelection.ALL, DOCUMENTS)
                .walk(found);

        assertThat(found.ids).startsWith("mine/a.pdf");
    }

    @Test
    void folders_ofTheSameName_areRefusedTogether() throws Exception {
        Path other = Files.createDirectories(folder.resolve("other/papers"));

        assertThatThrownBy(() -> Sources.of(List.of(papers, other), Optional.empty(), FileSelection.ALL, DOCUMENTS))
                .isInstanceOf(UnusableSourceException.class)
                .hasMessageContaining("'papers'")
                .hasMessageContaining("--source-name");
    }

    @Test
    void path_thatIsNotThere_isRefused() {
        assertThatThrownBy(() ->
                        Sources.of(List.of(papers.resolve("nope")), Optional.empty(), FileSelection.ALL, DOCUMENTS))
                .isInstanceOf(UnusableSourceException.class)
                .hasMessageContaining("no such file or folder");
    }

    @Test
    void extensionAndStem_ofUnusualNames_areFound() {
        assertThat(new SourceFile(papers, "s", "a/b.tar.GZ").extension()).isEqualTo("gz");
        assertThat(new SourceFile(papers, "s", "a.b/Makefile").extension()).isEmpty();
        assertThat(new SourceFile(papers, "s", "a.b/Makefile").stem()).isEqualTo("Makefile");
        assertThat(new SourceFile(papers, "s", "a/report.pdf").stem()).isEqualTo("report");
    }

    @Test
    void files_areTakenByPatterns() throws Exception {
        write("deep/d.txt");
        assertThat(taken(List.of("*.md"), List.of())).containsExactly("papers/deep/er/c.md");
        assertThat(taken(List.of("*.md", "*.txt"), List.of("/deep/er/")))
                .containsExactly("papers/b.txt", "papers/deep/d.txt");
        assertThat(taken(List.of("/deep/**"), List.of())).containsExactly("papers/deep/d.txt", "papers/deep/er/c.md");
        assertThat(taken(List.of(), List.of("er/", "/b.txt"))).containsExactly("papers/a.pdf", "papers/deep/d.txt");
        assertThat(taken(List.of(), List.of("*.txt", "!b.txt")))
                .containsExactly("papers/a.pdf", "papers/b.txt", "papers/deep/er/c.md");
        assertThat(taken(List.of("nothing"), List.of())).isEmpty();
        assertThatThrownBy(() -> FileSelection.of(List.of(), List.of("[draft")))
                .hasMessageContaining("not a pattern of gitignore: '[draft'");
    }

    @Test
    void patterns_areThoseOfGit() throws Exception {
        write("top.md");
        write("deepwater/x.md");
        write("guides/g.md");
        write("c++/d.md");
        write("c/e.md");
        assertThat(taken(List.of("/*.md"), List.of())).containsExactly("papers/top.md");
        assertThat(taken(List.of("*.md"), List.of("/deep/**"))).contains("papers/deepwater/x.md");
        assertThat(taken(List.of("*.md"), List.of("/*/", "!/guides/")))
                .containsExactly("papers/top.md", "papers/guides/g.md");
        assertThat(taken(List.of(), List.of("*", "!*/", "!*.md"))).doesNotContain("papers/b.txt", "papers/a.pdf");
        assertThat(taken(List.of("*.md"), List.of("c++/")))
                .contains("papers/c/e.md")
                .doesNotContain("papers/c++/d.md");
    }

    @Test
    void ignoreFiles_leaveOutWhatTheyName_theNearestDecides() throws Exception {
        write("deep/d.txt");
        write("deep/er/e.txt");
        Files.writeString(papers.resolve(IgnoreFiles.NAME), "# not yet\n*.txt\n/a.pdf\n");
        Files.writeString(papers.resolve("deep/" + IgnoreFiles.NAME), "!d.txt\n");
        assertThat(walk(List.of(papers)).ids).containsExactly("papers/deep/d.txt", "papers/deep/er/c.md");
        assertThat(walk(List.of(papers.resolve("a.pdf"))).ids).containsExactly("papers/a.pdf");
    }

    @Test
    void folder_whoseIgnoreFileCannotBeRead_isNotWalked() throws Exception {
        Files.write(papers.resolve("deep/" + IgnoreFiles.NAME), new byte[2 << 20]);
        Found found = walk(List.of(papers));
        assertThat(found.ids).containsExactly("papers/a.pdf", "papers/b.txt");
        assertThat(found.unreachable).singleElement().asString().contains("ignore file", "bytes");
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void ignoreFile_thatIsAPipeOrADevice_isNotRead() throws Exception {
        Path pipe = papers.resolve("deep/" + IgnoreFiles.NAME);
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        write("wide/d.txt");
        Files.createSymbolicLink(papers.resolve("wide/" + IgnoreFiles.NAME), Path.of("/dev/zero"));

        Found found = walk(List.of(papers));

        assertThat(found.ids).containsExactly("papers/a.pdf", "papers/b.txt");
        assertThat(found.unreachable).hasSize(2).allMatch(reason -> reason.contains("is no regular file"));
    }

    @Test
    void seenIds_areFoundAgain_andNoOthers() {
        var seen = new SeenIds();
        assertThat(seen.has("papers/1")).isFalse();
        for (int i = 0; i < 5_000; i++) {
            seen.add("papers/" + i);
        }
        for (int i = 0; i < 5_000; i++) {
            assertThat(seen.has("papers/" + i)).isTrue();
            assertThat(seen.has("notes/" + i)).isFalse();
        }
        seen.add("late");
        assertThat(seen.has("late")).isTrue();
    }

    @Test
    void metadataFile_isNoDocumentBesideItsOwn() throws Exception {
        write("a.pdf.metadata.json");
        write("alone.metadata.json");

        assertThat(walk(List.of(papers)).ids)
                .contains("papers/a.pdf", "papers/alone.metadata.json")
                .doesNotContain("papers/a.pdf.metadata.json");
    }

    @Test
    void metadataFile_thatIsNamed_isADocument_unlessItsOwnIsNamedToo() throws Exception {
        Path metadata = write("a.pdf.metadata.json");

        assertThat(walk(List.of(metadata)).ids).containsExactly("papers/a.pdf.metadata.json");
        assertThat(walk(List.of(metadata, papers.resolve("a.pdf"))).ids).containsExactly("papers/a.pdf");
    }
}
