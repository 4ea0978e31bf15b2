package dev.siskin.embedding;

/** Whether the vectors of two embedders may be compared with each other. */
public enum FingerprintMatch {
    /** The same files, used the same way. */
    SAME_FILES,
    /** Other files, used the same way, that give the same vectors for the probe texts. */
    SAME_VECTORS,
    /** Another model, or the same used another way. */
    DIFFERENT,
    /** Other files, and no probe text in common to tell: not to be read as different. */
    UNKNOWN;

    /** Whether the vectors are known to be comparable. */
    public boolean same() {
        return this == SAME_FILES || this == SAME_VECTORS;
    }
}
