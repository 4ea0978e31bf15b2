package dev.siskin.indexer.source;

import java.nio.charset.StandardCharsets;

/**
 * The ids of the documents that a walk has found, as 64-bit hashes (FNV-1a): some sixteen bytes each, however long the ids
 * are. Two ids of one hash are taken for the same, so that a document may be taken for found that was not, never the other
 * way round. For one thread at a time.
 */
public final class SeenIds {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    /** Open addressing; 0 is an empty place. */
    private long[] hashes = new long[1024];

    private int size;

    /** False where it was there already. */
    public boolean add(String id) {
        if (!insert(hashes, hash(id))) {
            return false;
        }
        size++;
        if (size > hashes.length / 4 * 3) {
            long[] larger = new long[hashes.length * 2];
            for (long hash : hashes) {
                if (hash != 0) {
                    insert(larger, hash);
                }
            }
            hashes = larger;
        }
        return true;
    }

    public boolean has(String id) {
        long hash = hash(id);
        for (int i = place(hashes, hash); hashes[i] != 0; i = (i + 1) & (hashes.length - 1)) {
            if (hashes[i] == hash) {
                return true;
            }
        }
        return false;
    }

    private static boolean insert(long[] into, long hash) {
        int i = place(into, hash);
        while (into[i] != 0) {
            if (into[i] == hash) {
                return false;
            }
            i = (i + 1) & (into.length - 1);
        }
        into[i] = hash;
        return true;
    }

    private static int place(long[] hashes, long hash) {
        return (int) (hash ^ (hash >>> 32)) & (hashes.length - 1);
    }

    private static long hash(String id) {
        long hash = OFFSET;
        for (byte one : id.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ Byte.toUnsignedInt(one)) * PRIME;
        }
        return hash == 0 ? 1 : hash;
    }
}
