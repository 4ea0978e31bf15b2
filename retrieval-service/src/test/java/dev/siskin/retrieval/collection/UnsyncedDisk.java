package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.MMapDirectory;

/**
 * What a disk keeps when the power fails, at its worst: of a file what it held when it was last synced, and in a folder
 * the names it had when the folder was last synced. {@link #survivors} writes that down elsewhere at any moment, while the
 * disk goes on being used.
 *
 * <p>Files are told by their inode, so that one that was synced under another name keeps its content under the new one.
 */
final class UnsyncedDisk implements DurableFiles.Syncing {
    private final Path root;
    private final Map<String, byte[]> contents = new HashMap<>();
    private final Map<String, Map<String, String>> folders = new HashMap<>();
    private final Runnable afterSync;

    /** @param afterSync called after each sync, on the thread that asked for it */
    UnsyncedDisk(Path root, Runnable afterSync) {
        this.root = root;
        this.afterSync = afterSync;
    }

    /** Lucene's files, synced through this disk. */
    Directory directory(Path folder) {
        try {
            return new FilterDirectory(new MMapDirectory(folder)) {
                @Override
                public void sync(java.util.Collection<String> names) throws IOException {
                    for (String name : names) {
                        UnsyncedDisk.this.sync(folder.resolve(name), false);
                    }
                }

                @Override
                public void syncMetaData() throws IOException {
                    UnsyncedDisk.this.sync(folder, true);
                }
            };
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void sync(Path path, boolean isFolder) throws IOException {
        synchronized (this) {
            if (isFolder) {
                folders.put(inode(path), names(path));
            } else {
                contents.put(inode(path), Files.readAllBytes(path));
                folders.remove(inode(path));
            }
        }
        afterSync.run();
    }

    private Map<String, String> names(Path folder) throws IOException {
        var names = new TreeMap<String, String>();
        try (Stream<Path> content = Files.list(folder)) {
            for (Path path : content.toList()) {
                if (Files.exists(path)) {
                    names.put(path.getFileName().toString(), inode(path));
                    forgetOtherKind(path);
                }
            }
        } catch (NoSuchFileException deletedMeanwhile) {
            return names(folder);
        }
        return names;
    }

    /** An inode may have been another file's or folder's, since deleted. */
    private void forgetOtherKind(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            contents.remove(inode(path));
        } else {
            folders.remove(inode(path));
        }
    }

    private static String inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino").toString();
    }

    /** Writes what would be left now. */
    synchronized void survivors(Path target) throws IOException {
        copy(inode(root), target);
    }

    private void copy(String folder, Path target) throws IOException {
        Files.createDirectories(target);
        for (Map.Entry<String, String> name :
                folders.getOrDefault(folder, Map.of()).entrySet()) {
            Path to = target.resolve(name.getKey());
            byte[] content = contents.get(name.getValue());
            if (folders.containsKey(name.getValue())) {
                copy(name.getValue(), to);
            } else {
                Files.write(to, content == null ? new byte[0] : content);
            }
        }
    }
}
