package dev.siskin.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One line about the machine, to stand beside every figure. */
public final class MachineFacts {
    private MachineFacts() {}

    public static String line() {
        return System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                + Runtime.getRuntime().availableProcessors() + " cores, " + cpu() + ", Java "
                + System.getProperty("java.version");
    }

    private static String cpu() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
            String model = field(lines, "model name");
            String flags = Stream.of(field(lines, "flags").split(" "))
                    .filter(flag -> List.of("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")
                            .contains(flag))
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
