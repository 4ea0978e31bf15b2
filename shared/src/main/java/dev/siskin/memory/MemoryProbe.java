package dev.siskin.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the memory of a process from the kernel: {@code /proc/<pid>/smaps_rollup}, and the control group
 * (v1 or v2) where the process is alone in one that has memory accounting. The reading itself is not
 * atomic: figures of one reading may be some milliseconds apart.
 *
 * <p>Source: Linux kernel documentation, {@code filesystems/proc}, {@code admin-guide/cgroup-v1/memory},
 * {@code admin-guide/cgroup-v2}.
 */
public final class MemoryProbe {
    private static final long V1_NO_LIMIT = 1L << 60;

    /** Of {@code clear_refs}. */
    private static final String RESET_PEAK = "5";

    private final Path proc;
    private final Path cgroupRoot;
    private final String pid;

    MemoryProbe(Path proc, Path cgroupRoot, String pid) {
        this.proc = proc;
        this.cgroupRoot = cgroupRoot;
        this.pid = pid;
    }

    /** Probes this process. */
    public static MemoryProbe self() {
        return ofPid(ProcessHandle.current().pid());
    }

    /** Probes another process of the same user. */
    public static MemoryProbe ofPid(long pid) {
        return new MemoryProbe(Path.of("/proc"), Path.of("/sys/fs/cgroup"), Long.toString(pid));
    }

    /**
     * Reads now.
     *
     * @return nothing where the process is gone, not ours, or the kernel is not Linux
     */
    public Optional<MemoryReading> read() {
        Map<String, Long> rollup = kilobyteTable(proc.resolve(pid).resolve("smaps_rollup"));
        if (rollup.isEmpty()) {
            return Optional.empty();
        }
        MemoryReading.@Nullable CgroupReading cgroup = null;
        String source = "process";
        Optional<Path> v1 = groupFolder("memory");
        Optional<Path> v2 = groupFolder("");
        if (v1.isPresent()) {
            cgroup = readV1(v1.get());
            source = "cgroup v1";
        } else if (v2.isPresent()) {
            cgroup = readV2(v2.get());
            source = "cgroup v2";
        }
        long rss = rollup.getOrDefault("Rss", 0L);
        long anonymous = rollup.getOrDefault("Anonymous", 0L);
        return Optional.of(new MemoryReading(
                source, rollup.getOrDefault("Pss", 0L), rss, anonymous, Math.max(0, rss - anonymous), cgroup));
    }

    /**
     * Has {@link #peak} begin anew.
     *
     * @return false where the kernel does not let this process
     */
    public boolean resetPeak() {
        try {
            Files.writeString(proc.resolve(pid).resolve("clear_refs"), RESET_PEAK);
            return true;
        } catch (IOException notAllowed) {
            return false;
        }
    }

    /** The most that was resident at once, files that are mapped included; nothing where the kernel does not tell. */
    public OptionalLong peak() {
        @Nullable Long peak = kilobyteTable(proc.resolve(pid).resolve("status")).get("VmHWM");
        return peak == null ? OptionalLong.empty() : OptionalLong.of(peak);
    }

    /** The memory limit that binds this process: its control group's, or an ancestor's; nothing where there is none. */
    public OptionalLong limit() {
        OptionalLong limit = OptionalLong.empty();
        for (String controller : List.of("memory", "")) {
            Optional<Path> folder = groupPath(controller);
            String file = controller.isEmpty() ? "memory.max" : "memory.limit_in_bytes";
            for (Path at = folder.orElse(null); at != null && at.startsWith(cgroupRoot); at = at.getParent()) {
                @Nullable Long here = limitOf(at.resolve(file));
                if (here != null && (limit.isEmpty() || here < limit.getAsLong())) {
                    limit = OptionalLong.of(here);
                }
            }
        }
        return limit;
    }

    /** The folder of the process's own group: one that is not the root of the hierarchy, unless it is a container's. */
    private Optional<Path> groupFolder(String controller) {
        Optional<Path> folder = groupPath(controller);
        if (folder.isEmpty()) {
            return folder;
        }
        String usage = controller.isEmpty() ? "memory.current" : "memory.usage_in_bytes";
        return Files.isReadable(folder.get().resolve(usage)) && isAlone(folder.get()) ? folder : Optional.empty();
    }

    private Optional<Path> groupPath(String controller) {
        try (Stream<String> lines = Files.lines(proc.resolve(pid).resolve("cgroup"))) {
            Optional<String> path = lines.map(line -> line.split(":", 3))
                    .filter(parts -> parts.length == 3)
                    .filter(parts -> controller.isEmpty()
                            ? parts[0].equals("0")
                            : List.of(parts[1].split(",")).contains(controller))
                    .map(parts -> parts[2])
                    .findFirst();
            if (path.isEmpty()) {
                return Optional.empty();
            }
            Path root = controller.isEmpty() ? v2Root() : cgroupRoot.resolve(controller);
            Path folder = root.resolve(path.get().substring(1)).normalize();
            // inside a container the host's path is not visible: the container's own group is the root of the mount
            return Optional.of(Files.isDirectory(folder) ? folder : root);
        } catch (IOException noGroups) {
            return Optional.empty();
        }
    }

    private Path v2Root() {
        Path unified = cgroupRoot.resolve("unified");
        return Files.isDirectory(unified) ? unified : cgroupRoot;
    }

    private boolean isAlone(Path folder) {
        try (Stream<String> pids = Files.lines(folder.resolve("cgroup.procs"))) {
            return pids.filter(line -> !line.isBlank())
                    .allMatch(line -> line.strip().equals(pid));
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static MemoryReading.CgroupReading readV1(Path folder) {
        Map<String, Long> stat = table(folder.resolve("memory.stat"));
        long usage = number(folder.resolve("memory.usage_in_bytes"));
        long inactiveFile = stat.getOrDefault("total_inactive_file", 0L);
        long shared = stat.getOrDefault("total_shmem", 0L);
        return new MemoryReading.CgroupReading(
                limitOf(folder.resolve("memory.limit_in_bytes")),
                usage,
                stat.getOrDefault("total_rss", 0L),
                shared,
                Math.max(0, stat.getOrDefault("total_cache", 0L) - shared),
                inactiveFile,
                number(folder.resolve("memory.kmem.usage_in_bytes")),
                Math.max(0, usage - inactiveFile),
                number(folder.resolve("memory.max_usage_in_bytes")));
    }

    private static MemoryReading.CgroupReading readV2(Path folder) {
        Map<String, Long> stat = table(folder.resolve("memory.stat"));
        long usage = number(folder.resolve("memory.current"));
        long inactiveFile = stat.getOrDefault("inactive_file", 0L);
        long shared = stat.getOrDefault("shmem", 0L);
        long kernel = stat.getOrDefault("kernel", 0L) - stat.getOrDefault("slab_reclaimable", 0L);
        return new MemoryReading.CgroupReading(
                limitOf(folder.resolve("memory.max")),
                usage,
                stat.getOrDefault("anon", 0L),
                shared,
                Math.max(0, stat.getOrDefault("file", 0L) - shared),
                inactiveFile,
                Math.max(0, kernel),
                Math.max(0, usage - inactiveFile),
                number(folder.resolve("memory.peak")));
    }

    private static @Nullable Long limitOf(Path file) {
        try {
            String text = Files.readString(file).strip();
            if (text.equals("max")) {
                return null;
            }
            long limit = Long.parseLong(text);
            return limit >= V1_NO_LIMIT ? null : limit;
        } catch (IOException | NumberFormatException none) {
            return null;
        }
    }

    private static long number(Path file) {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException | NumberFormatException none) {
            return 0;
        }
    }

    /** {@code name value} lines. */
    private static Map<String, Long> table(Path file) {
        var table = new HashMap<String, Long>();
        try {
            for (String line : Files.readAllLines(file)) {
                int space = line.indexOf(' ');
                if (space > 0) {
                    table.put(
                            line.substring(0, space),
                            Long.parseLong(line.substring(space + 1).strip()));
                }
            }
        } catch (IOException | NumberFormatException unreadable) {
            return Map.of();
        }
        return table;
    }

    /** {@code Name:   123 kB} lines, as bytes. */
    private static Map<String, Long> kilobyteTable(Path file) {
        var table = new HashMap<String, Long>();
        try {
            for (String line : Files.readAllLines(file)) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.endsWith(" kB")) {
                    String kilobytes =
                            line.substring(colon + 1, line.length() - 3).strip();
                    table.merge(line.substring(0, colon), Long.parseLong(kilobytes) * 1024, Long::sum);
                }
            }
        } catch (IOException | NumberFormatException unreadable) {
            return Map.of();
        }
        return table;
    }
}
