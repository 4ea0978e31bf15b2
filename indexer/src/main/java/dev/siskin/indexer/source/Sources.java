package dev.siskin.indexer.source;

import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files under some folders, and single files.
 *
 * <h2>Order and names</h2>
 *
 * A folder's files come before its subfolders', each sorted by name, so that two runs see the same order and no more
 * than one folder's names are held at a time. A document's source is the name of the folder it was found under; a single
 * file's is the name of the folder that holds it, so that {@code papers/a.pdf} alone and {@code papers} as a whole give
 * it the same id. A run holds one folder for one source name.
 *
 * <h2>Left out</h2>
 *
 * Hidden files and folders, folders of version control, symbolic links to folders (which is why no loop is possible),
 * what is neither file nor folder, what an ignore file names ({@code .siskinignore}, see {@link IgnoreFiles}), and what
 * the {@link FileSelection} does not take. A link to a file is followed. A file that is named itself is always taken, one
 * with metadata where what it describes is not named too.
 */
public final class Sources {
    private static final Set<String> VERSION_CONTROL = Set.of(".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "_darcs");

    /** A folder with the name its documents go under: all of it, or only some of its files. */
    private record Root(Path folder, String name, Optional<Set<Path>> onlyFiles) {}

    private static final String RUN_AGAIN = "correct it and run again";
    private static final Set<String> JSON_LINES = Set.of("jsonl", "ndjson");
    private static final String SIDECAR = ".metadata.json";

    /** Names that are not in the system's encoding may read alike and differ. */
    private static final Comparator<Path> BY_NAME =
            Comparator.comparing(Path::toString).thenComparing(Comparator.naturalOrder());

    private final List<Root> roots;
    private final List<SourceFile> given;
    private final FileSelection selection;
    private final Unpacking unpacking;
    private final Containers containers;

    private Sources(List<Root> roots, List<SourceFile> given, FileSelection selection, Unpacking unpacking) {
        this.roots = roots;
        this.given = given;
        this.selection = selection;
        this.unpacking = unpacking;
        this.containers = new Containers(unpacking, selection);
    }

    /**
     * Finds the sources of the paths given.
     *
     * @param name used for all of them instead of the folder's name
     * @param selection of the folders' files
     * @param unpacking of files that hold several documents
     * @throws UnusableSourceException if a path is not there, or two folders would share a name
     */
    public static Sources of(List<Path> paths, Optional<String> name, FileSelection selection, Unpacking unpacking)
            throws UnusableSourceException {
        Map<Path, Optional<Set<Path>>> folders = new LinkedHashMap<>();
        for (Path path : paths) {
            Path real = real(path);
            if (Files.isDirectory(real)) {
                folders.put(real, Optional.empty());
            } else if (!Files.isRegularFile(real)) {
                // Opening a named pipe would wait for whoever writes to it.
                throw new UnusableSourceException(
                        "neither a file nor a folder: " + path + "; give its content through standard input, '-'");
            } else {
                // The link's own name and folder count, not its target's: that is how a walk would meet it.
                Path file = path.toAbsolutePath().normalize();
                Path folder = real(file.getParent() == null ? file : file.getParent());
                folders.computeIfAbsent(folder, _ -> Optional.of(new TreeSet<>()))
                        .ifPresent(files -> files.add(folder.resolve(file.getFileName())));
            }
        }
        List<Root> roots = new ArrayList<>();
        folders.forEach((folder, files) -> roots.add(new Root(folder, name.orElseGet(() -> nameOf(folder)), files)));
        checkNames(roots);
        return new Sources(List.copyOf(roots), List.of(), selection, unpacking);
    }

    /** These and a file that lies in none of them, such as a copy of standard input. */
    public Sources with(SourceFile file) {
        List<SourceFile> more = new ArrayList<>(given);
        more.add(file);
        return new Sources(roots, List.copyOf(more), selection, unpacking);
    }

    /** Where the file with a document's metadata lies, if it has one: beside it, with {@value #SIDECAR} behind its name. */
    public static Optional<Path> sidecar(SourceFile file) {
        if (file.isCopy() || file.record().isPresent()) {
            return Optional.empty();
        }
        // By its address: a name that is not in the system's encoding is no string.
        Path sidecar = Path.of(URI.create(file.path().toUri() + SIDECAR));
        return Files.isRegularFile(sidecar) ? Optional.of(sidecar) : Optional.empty();
    }

    /** Whether a file in an archive is taken for records: BEIR's archives hold the queries beside the corpus. */
    static boolean mayBeCorpus(String path) {
        return isJsonLines(path) && !path.endsWith("/queries.jsonl");
    }

    /** Whether a file's name says that it holds records. */
    static boolean isJsonLines(String name) {
        return JSON_LINES.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    private static Path real(Path path) throws UnusableSourceException {
        try {
            return path.toRealPath();
        } catch (java.nio.file.NoSuchFileException e) {
            throw new UnusableSourceException("no such file or folder: " + path + "; check the path");
        } catch (IOException e) {
            throw new UnusableSourceException("cannot open " + path + ": " + reason(e));
        }
    }

    private static String nameOf(Path folder) {
        return folder.getFileName() == null ? "root" : folder.getFileName().toString();
    }

    private static void checkNames(List<Root> roots) throws UnusableSourceException {
        Map<String, Path> folderOf = new LinkedHashMap<>();
        for (Root root : roots) {
            Path other = folderOf.putIfAbsent(root.name(), root.folder());
            if (other != null) {
                throw new UnusableSourceException(
                        "two folders would both be the source '%s': %s and %s; index them one at a time, each with its own --source-name"
                                .formatted(root.name(), other, root.folder()));
            }
        }
    }

    /** The names under which whole folders are indexed. */
    public List<String> folderNames() {
        return roots.stream()
                .filter(root -> root.onlyFiles().isEmpty())
                .map(Root::name)
                .toList();
    }

    /** Whether a file lies in the folder of a source. */
    public boolean isUnder(String source, Path file) {
        return roots.stream().anyMatch(root -> root.name().equals(source) && file.startsWith(root.folder()));
    }

    /** Whether whole folders are indexed, and no single files. */
    public boolean areFolders() {
        return folderNames().size() == roots.size() && given.isEmpty();
    }

    /** Shows every file to the visitor, in order, until it says stop. */
    public void walk(FileVisitor visitor) throws InterruptedException {
        for (Root root : roots) {
            boolean goOn =
                    root.onlyFiles().isPresent() ? visit(root, root.onlyFiles().get(), visitor) : walk(root, visitor);
            if (!goOn) {
                return;
            }
        }
        for (SourceFile file : given) {
            if (!containers.show(file, visitor)) {
                return;
            }
        }
    }

    /** A folder to be looked into, with the ignore files around it. */
    private record Pending(Path folder, Optional<IgnoreFiles> around) {}

    /** Without recursion, since folders may be nested deeper than a thread's stack. */
    private boolean walk(Root root, FileVisitor visitor) throws InterruptedException {
        Deque<Pending> pending = new ArrayDeque<>();
        pending.push(new Pending(root.folder(), Optional.empty()));
        while (!pending.isEmpty()) {
            Pending next = pending.pop();
            if (!look(root, next.folder(), next.around(), pending, visitor)) {
                return false;
            }
        }
        return true;
    }

    /** Shows a folder's files and has its subfolders looked into next. */
    private boolean look(
            Root root, Path folder, Optional<IgnoreFiles> around, Deque<Pending> pending, FileVisitor visitor)
            throws InterruptedException {
        IgnoreFiles ignored;
        try {
            ignored = IgnoreFiles.of(around, folder);
        } catch (IOException e) {
            boolean isOpen = Files.isReadable(folder) && Files.isExecutable(folder);
            visitor.unreachable(
                    folder, (isOpen ? "its ignore file cannot be read: " : "folder cannot be opened: ") + reason(e));
            return true;
        }
        Set<Path> files = new TreeSet<>(BY_NAME);
        TreeSet<Path> folders = new TreeSet<>(BY_NAME);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (isLeftOut(entry)) {
                    continue;
                }
                sort(root, entry, ignored, files, folders, visitor);
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            visitor.unreachable(folder, "folder cannot be opened: " + reason(e));
        }
        files.removeIf(file -> isBesideCorpus(file, files));
        if (!visit(root, files, visitor)) {
            return false;
        }
        Optional<IgnoreFiles> aroundInner = Optional.of(ignored);
        for (Path inner : folders.descendingSet()) {
            pending.push(new Pending(inner, aroundInner));
        }
        return true;
    }

    private static boolean isSidecar(Path file) {
        return file.getFileName().toString().endsWith(SIDECAR) && Files.isRegularFile(described(file));
    }

    /** The file whose metadata one says. */
    private static Path described(Path sidecar) {
        String name = sidecar.getFileName().toString();
        return sidecar.resolveSibling(name.substring(0, name.length() - SIDECAR.length()));
    }

    /** A folder as BEIR lays it out holds its queries beside the corpus. */
    private boolean isBesideCorpus(Path file, Set<Path> files) {
        return unpacking.records().isPresent()
                && file.getFileName().toString().equals("queries.jsonl")
                && files.contains(file.resolveSibling("corpus.jsonl"));
    }

    /** Whether a file of a folder is taken, or may hold some that are. */
    private boolean takes(String path) {
        if (Archives.isArchive(path)) {
            return !selection.leavesOut(path);
        }
        return selection.takes(path) && (unpacking.records().isEmpty() || isJsonLines(path));
    }

    /** Adds an entry of a folder to its files or folders, where it is one that is taken. */
    private void sort(
            Root root, Path entry, IgnoreFiles ignored, Set<Path> files, Set<Path> folders, FileVisitor visitor) {
        String path = relative(root, entry);
        BasicFileAttributes itself;
        try {
            itself = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            visitor.unreachable(entry, "cannot be looked at: " + reason(e));
            return;
        }
        if (itself.isDirectory()) {
            if (!ignored.leaveOut(entry, true) && selection.enters(path)) {
                folders.add(entry);
            }
            return;
        }
        if (ignored.leaveOut(entry, false) || !takes(path)) {
            return;
        }
        if (itself.isRegularFile()) {
            files.add(entry);
        } else if (itself.isSymbolicLink()) {
            sortLink(root, entry, files, visitor);
        }
    }

    /** What it leads to may be there and out of reach for now, so that its document is not taken for gone. */
    private static void sortLink(Root root, Path link, Set<Path> files, FileVisitor visitor) {
        try {
            if (Files.readAttributes(link, BasicFileAttributes.class).isRegularFile()) {
                files.add(link);
            }
        } catch (java.nio.file.NoSuchFileException e) {
            visitor.unreadable(
                    new SourceFile(link, root.name(), relative(root, link)), "is a link to nothing", RUN_AGAIN);
        } catch (IOException e) {
            visitor.unreadableForNow(
                    new SourceFile(link, root.name(), relative(root, link)),
                    "cannot be followed: " + reason(e),
                    RUN_AGAIN);
        }
    }

    private boolean visit(Root root, Set<Path> files, FileVisitor visitor) throws InterruptedException {
        for (Path file : files) {
            if (isSidecar(file) && (root.onlyFiles().isEmpty() || files.contains(described(file)))) {
                continue;
            }
            if (!containers.show(new SourceFile(file, root.name(), relative(root, file)), visitor)) {
                return false;
            }
        }
        return true;
    }

    private static String relative(Root root, Path file) {
        return root.folder().relativize(file).toString().replace(java.io.File.separatorChar, '/');
    }

    private static boolean isLeftOut(Path entry) {
        String name = entry.getFileName().toString();
        return name.startsWith(".") || VERSION_CONTROL.contains(name);
    }

    /** What went wrong with a file or folder, in a few words. */
    static String reason(@Nullable Throwable e) {
        return switch (e) {
            case AccessDeniedException _ -> "no permission; grant read permission";
            case java.nio.file.DirectoryIteratorException iteration -> reason(iteration.getCause());
            case FileSystemException failure when failure.getReason() != null -> failure.getReason();
            case null -> "unknown reason";
            default -> String.valueOf(e.getMessage());
        };
    }
}
