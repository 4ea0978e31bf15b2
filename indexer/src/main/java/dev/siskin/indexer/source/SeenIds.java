package dev.siskin.indexer.source;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The ids of the documents that a walk has found, as 64-bit hashes (FNV-1a): eight bytes each, however long the ids are. Two
 * ids of one hash are taken for the same, so that a document may be taken for found that was not, never the other way
 * round. For one thread at a time.
 */
public final class SeenIds {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private long[] hashes = new long[1024];
    private int size;
    private boolean sorted = true;

    public void add(String id) {
        if (size == hashes.length) {
            hashes = Arrays.copyOf(hashes, size + size / 2);
        }
        hashes[size++] = hash(id);
        sorted = false;
    }

    public boolean has(String id) {
        if (!sorted) {
            Arrays.sort(hashes, 0, size);
            sorted = true;
        }
        return Arrays.binarySearch(hashes, 0, size, hash(id)) >= 0;
    }

    private static long hash(String id) {
        long hash = OFFSET;
        for (byte one : id.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ Byte.toUnsignedInt(one)) * PRIME;
        }
        return hash;
    }
}
