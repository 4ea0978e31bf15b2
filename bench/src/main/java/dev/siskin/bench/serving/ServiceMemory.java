package dev.siskin.bench.serving;

import dev.siskin.memory.MemoryProbe;
import dev.siskin.memory.MemoryReading;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The memory of another process once a second, as its control group counts it; as the process itself does where it has no
 * group of its own.
 */
final class ServiceMemory implements AutoCloseable {
    private static final double MIB = 1 << 20;

    private final long pid;
    private final MemoryProbe probe;
    private final List<Reading> readings = new ArrayList<>();
    private final ScheduledExecutorService every = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("memory").daemon().factory());

    /**
     * MiB at a second.
     *
     * @param kernel memory of the kernel that it cannot take back; 0 without a group
     * @param processor seconds of processors it has used since it began
     */
    record Reading(double second, double anonymous, double kernel, double processor) {
        /** What cannot be given back. */
        double together() {
            return anonymous + kernel;
        }
    }

    /** @throws IOException where there is no such process, or the kernel does not tell */
    ServiceMemory(long pid) throws IOException {
        this.pid = pid;
        this.probe = MemoryProbe.ofPid(pid);
        if (probe.read().isEmpty()) {
            throw new IOException("no memory figures of process " + pid + ": is it running, and this Linux?");
        }
    }

    /** Reads once a second from now on. */
    void start(DoubleSupplier second) {
        var _ = every.scheduleAtFixedRate(() -> add(second.getAsDouble()), 0, 1, TimeUnit.SECONDS);
    }

    private void add(double second) {
        probe.read().ifPresent(reading -> {
            synchronized (readings) {
                readings.add(of(second, reading));
            }
        });
    }

    /** Now. */
    Reading read() throws IOException {
        return of(0, probe.read().orElseThrow(() -> new IOException("the service has ended")));
    }

    private Reading of(double second, MemoryReading reading) {
        MemoryReading.CgroupReading group = reading.cgroup();
        return group == null
                ? new Reading(second, reading.anonymous() / MIB, 0, processor())
                : new Reading(
                        second,
                        (group.anonymous() + group.shared()) / MIB,
                        group.kernelUnreclaimable() / MIB,
                        processor());
    }

    private double processor() {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(time -> time.toNanos() / 1e9)
                .orElse(0.0);
    }

    /** Seconds of processors used between these seconds. */
    double processor(double from, double to) {
        synchronized (readings) {
            List<Reading> between = readings.stream()
                    .filter(reading -> reading.second() >= from && reading.second() < to + 1)
                    .toList();
            return between.isEmpty()
                    ? 0
                    : between.getLast().processor() - between.getFirst().processor();
        }
    }

    /** The highest of these seconds; zeros where there was none. */
    Reading highest(double from, double to) {
        synchronized (readings) {
            return readings.stream()
                    .filter(reading -> reading.second() >= from && reading.second() < to)
                    .max((one, other) -> Double.compare(one.together(), other.together()))
                    .orElse(new Reading(from, 0, 0, 0));
        }
    }

    @Override
    public void close() {
        every.shutdownNow();
    }
}
