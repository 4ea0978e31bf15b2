package dev.siskin.bench.vectors;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Bytes of an index's mapped files that this process has in memory, from the kernel's {@code /proc/self/smaps}.
 *
 * @param raw of {@code .vec}
 * @param quantized of {@code .veq}
 * @param graph of {@code .vex}
 * @param all of every file
 */
record ResidentBytes(long raw, long quantized, long graph, long all) {
    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

    /** Of the files below a folder. */
    static ResidentBytes of(Path folder) throws IOException {
        String below = folder.toAbsolutePath().normalize() + "/";
        long[] byKind = new long[4];
        try (BufferedReader lines = Files.newBufferedReader(SMAPS)) {
            int kind = -1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                boolean isMapping = Character.isDigit(line.charAt(0)) || Character.isLowerCase(line.charAt(0));
                if (isMapping) {
                    kind = line.contains(below) ? kind(line) : -1;
                } else if (kind >= 0 && line.startsWith("Rss:")) {
                    byKind[kind] += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        }
        return new ResidentBytes(byKind[0], byKind[1], byKind[2], byKind[0] + byKind[1] + byKind[2] + byKind[3]);
    }

    private static int kind(String mapping) {
        if (mapping.endsWith(".vec")) {
            return 0;
        }
        if (mapping.endsWith(".veq")) {
            return 1;
        }
        return mapping.endsWith(".vex") ? 2 : 3;
    }

    /** Has the kernel forget the files it keeps in memory; false where it may not be told to. */
    static boolean dropCaches() {
        try {
            Files.writeString(DROP_CACHES, "3\n");
            return true;
        } catch (IOException notAllowed) {
            return false;
        }
    }
}
