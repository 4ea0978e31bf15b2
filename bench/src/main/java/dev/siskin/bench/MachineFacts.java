package dev.siskin.bench;

import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One line about the machine and this process, to stand beside every figure. */
public final class MachineFacts {
    private static final List<String> WORTH_TELLING =
            List.of("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "sve");

    private MachineFacts() {}

    public static String line() {
        Runtime process = Runtime.getRuntime();
        return "%s %s, %d cores, %s, Java %s, heap at most %d MiB, limit of the control group %s"
                .formatted(
                        System.getProperty("os.name"),
                        System.getProperty("os.arch"),
                        process.availableProcessors(),
                        cpu(),
                        System.getProperty("java.version"),
                        process.maxMemory() >> 20,
                        limit());
    }

    private static String limit() {
        return MemoryProbe.self()
                .read()
                .map(MemoryReading::cgroup)
                .map(MemoryReading.CgroupReading::limit)
                .map(bytes -> (bytes >> 20) + " MiB")
                .orElse("none");
    }

    private static String cpu() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
            String model = field(lines, "model name");
            String flags = Stream.of((field(lines, "flags") + field(lines, "Features")).split(" "))
                    .filter(WORTH_TELLING::contains)
                    .collect(Collectors.joining(" "));
            return model + " (" + flags + ")";
        } catch (IOException unknown) {
            return "unknown processor";
        }
    }

    private static String field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("");
    }
}
