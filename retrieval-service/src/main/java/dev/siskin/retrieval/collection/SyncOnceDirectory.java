package dev.siskin.retrieval.collection;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;

/**
 * Syncs each file once. Lucene asks for all files of a commit each time, those of old segments too, and a disk takes the
 * time of a write for a file that has not changed since. Its files are never written again once they are closed, so that
 * one which was synced stays so until it is deleted.
 */
final class SyncOnceDirectory extends FilterDirectory {
    private final Set<String> synced = ConcurrentHashMap.newKeySet();

    SyncOnceDirectory(Directory directory) {
        super(directory);
    }

    @Override
    public void sync(Collection<String> names) throws IOException {
        List<String> unsynced =
                names.stream().filter(name -> !synced.contains(name)).toList();
        if (!unsynced.isEmpty()) {
            super.sync(unsynced);
            synced.addAll(unsynced);
        }
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
        synced.remove(name);
        return super.createOutput(name, context);
    }

    @Override
    public void rename(String source, String dest) throws IOException {
        synced.remove(dest);
        super.rename(source, dest);
        if (synced.remove(source)) {
            synced.add(dest);
        }
    }

    @Override
    public void deleteFile(String name) throws IOException {
        synced.remove(name);
        super.deleteFile(name);
    }
}
