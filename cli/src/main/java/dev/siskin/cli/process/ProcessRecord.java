package dev.siskin.cli.process;

import dev.siskin.api.Json;
import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;

/**
 * Who runs a service, kept in {@code <data>/run/<service>.json}, format version 1:
 *
 * <pre>{"version":1,"pid":4711,"started_ms":1767225600000,"url":"http://127.0.0.1:7301"}</pre>
 *
 * {@code started_ms} is the process's start as the operating system tells it, in milliseconds since 1970: a
 * process id alone may by now be somebody else's.
 *
 * @param startedMs 0 where the operating system does not tell
 * @param url where the service answers
 */
record ProcessRecord(int version, long pid, long startedMs, URI url) {
    /** The version written, and the only one read. */
    public static final int VERSION = 1;

    /** The start may be told some clock ticks apart. */
    private static final long START_TOLERANCE_MS = 2_000;

    static ProcessRecord of(ProcessHandle process, URI url) {
        return new ProcessRecord(VERSION, process.pid(), startOf(process), url);
    }

    /** The record in this file; nothing where there is none that can be read. */
    static Optional<ProcessRecord> read(Path file) {
        try {
            ProcessRecord record = Json.MAPPER.readValue(Files.readAllBytes(file), ProcessRecord.class);
            return Optional.ofNullable(record).filter(known -> known.version() == VERSION);
        } catch (IOException missingOrCutShort) {
            return Optional.empty();
        }
    }

    void write(Path file) {
        Path beside = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            Files.write(beside, Json.MAPPER.writeValueAsBytes(this));
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException refused) {
            throw new CommandFailure("cannot write " + file + " (" + refused + "); check space and permissions");
        }
    }

    /** The process, while it lives and is the one that was recorded. */
    Optional<ProcessHandle> process() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(alive -> Math.abs(startOf(alive) - startedMs) <= START_TOLERANCE_MS);
    }

    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
