package dev.siskin.retrieval.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Bytes of mapped files that are in memory now, from the kernel's {@code /proc/self/smaps}. */
final class MappedPages {
    private static final Path SMAPS = Path.of("/proc/self/smaps");

    private MappedPages() {}

    /** Of the files below a folder; empty where the kernel does not say. Reads every mapping: some milliseconds. */
    static Optional<Long> resident(Path folder) {
        String below = folder.toAbsolutePath().normalize() + "/";
        long kilobytes = 0;
        try (BufferedReader lines = Files.newBufferedReader(SMAPS)) {
            boolean inside = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("Rss:") && inside) {
                    kilobytes += Long.parseLong(line.substring("Rss:".length(), line.length() - "kB".length())
                            .strip());
                } else if (Character.isDigit(line.charAt(0)) || Character.isLowerCase(line.charAt(0))) {
                    inside = line.contains(below);
                }
            }
            return Optional.of(kilobytes * 1024);
        } catch (IOException | NumberFormatException notThisKernel) {
            return Optional.empty();
        }
    }
}
