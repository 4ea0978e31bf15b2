package dev.siskin.cli.print;

import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import java.util.Map;
import java.util.Optional;

/** The memory of both services, side by side and together, as the kernel counts it. */
public final class MemoryTable {
    private MemoryTable() {}

    /**
     * Prints a row for each process that can be read.
     *
     * @param pids process id by name, in the order of the rows
     */
    public static void print(Terminal terminal, Map<String, Long> pids, int indent) {
        var table = Table.of("memory", "PSS", "anonymous", "mapped files", "resident");
        long pss = 0;
        long anonymous = 0;
        long mapped = 0;
        long resident = 0;
        for (Map.Entry<String, Long> process : pids.entrySet()) {
            Optional<MemoryReading> read = MemoryProbe.ofPid(process.getValue()).read();
            if (read.isEmpty()) {
                terminal.line(" ".repeat(indent) + "memory: only Linux tells it of another process");
                return;
            }
            MemoryReading reading = read.get();
            row(table, process.getKey(), reading.pss(), reading.anonymous(), reading.mappedFile(), reading.rss());
            pss += reading.pss();
            anonymous += reading.anonymous();
            mapped += reading.mappedFile();
            resident += reading.rss();
        }
        row(table, "together", pss, anonymous, mapped, resident);
        table.print(terminal, indent);
    }

    private static void row(Table table, String name, long pss, long anonymous, long mapped, long resident) {
        table.row(
                name,
                Amounts.mebibytes(pss),
                Amounts.mebibytes(anonymous),
                Amounts.mebibytes(mapped),
                Amounts.mebibytes(resident));
    }
}
