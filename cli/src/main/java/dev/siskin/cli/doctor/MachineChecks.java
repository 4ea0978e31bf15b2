package dev.siskin.cli.doctor;

import com.sun.management.OperatingSystemMXBean;
import dev.siskin.cli.print.Amounts;
import dev.siskin.cli.process.DataFolder;
import dev.siskin.memory.MemoryProbe;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Java, memory, disk and open files. */
final class MachineChecks {
    /** The first Java that runs Siskin. */
    static final int JAVA_NEEDED = 25;

    /** Both services at work with a collection of some ten thousand chunks. */
    static final long MEMORY_NEEDED_BYTES = 512L << 20;

    /** Room for a small collection and its merges. */
    static final long DISK_NEEDED_BYTES = 1L << 30;

    /** Lucene holds every segment's files open. */
    static final long OPEN_FILES_NEEDED = 4_096;

    private final DataFolder data;

    MachineChecks(DataFolder data) {
        this.data = data;
    }

    List<Finding> java() {
        String found =
                Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home");
        return List.of(
                Runtime.version().feature() >= JAVA_NEEDED
                        ? Finding.ok("java", found)
                        : Finding.bad("java", found, "install a JDK " + JAVA_NEEDED + " or later"));
    }

    List<Finding> memory() {
        OptionalLong limit = MemoryProbe.self().limit();
        long total = limit.orElseGet(MachineChecks::machineMemory);
        String found = Amounts.bytes(total) + (limit.isPresent() ? " (limit of the control group)" : " in this machine")
                + ", " + Amounts.bytes(MEMORY_NEEDED_BYTES) + " needed";
        return List.of(
                total >= MEMORY_NEEDED_BYTES
                        ? Finding.ok("memory", found)
                        : Finding.bad("memory", found, "raise the memory limit of the container or machine"));
    }

    private static long machineMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    List<Finding> disk() {
        try {
            Files.createDirectories(data.path());
            Files.delete(Files.createTempFile(data.path(), "doctor", ".tmp"));
            long free = Files.getFileStore(data.path()).getUsableSpace();
            String found = Amounts.bytes(free) + " free, writable: " + data.path();
            return List.of(
                    free >= DISK_NEEDED_BYTES
                            ? Finding.ok("disk", found)
                            : Finding.bad(
                                    "disk",
                                    found,
                                    "make room (" + Amounts.bytes(DISK_NEEDED_BYTES)
                                            + "), or choose another folder with --data or SISKIN_DATA"));
        } catch (IOException refused) {
            return List.of(Finding.bad(
                    "disk",
                    "not writable: " + data.path() + " (" + refused + ")",
                    "correct its permissions, or choose another folder with --data or SISKIN_DATA"));
        }
    }

    /** The hard limit: a JVM raises the soft one to it by itself. Only Linux tells it. */
    List<Finding> openFiles() {
        try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
            return limits.filter(line -> line.startsWith("Max open files"))
                    .map(line -> line.split(" +", -1)[4])
                    .map(MachineChecks::openFiles)
                    .toList();
        } catch (IOException notLinux) {
            return List.of();
        }
    }

    private static Finding openFiles(String hardLimit) {
        boolean enough = hardLimit.equals("unlimited") || Long.parseLong(hardLimit) >= OPEN_FILES_NEEDED;
        return enough
                ? Finding.ok("open files", hardLimit + " allowed")
                : Finding.bad(
                        "open files", hardLimit + " allowed, " + OPEN_FILES_NEEDED + " needed", "ulimit -Hn 65536");
    }
}
