package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last generations of a tenant's deleted collections, so that one made again under the same name counts on. Kept in
 * {@value #FILE} in the tenant's folder, written before a collection is deleted. JSON, fields of version 1:
 *
 * @param version integer: of this format, {@value #VERSION}
 * @param generations object: name of the collection to its last generation
 */
record RetiredGenerations(int version, Map<String, Long> generations) {
    /** The format this class writes, and the only one it reads. */
    static final int VERSION = 1;

    static final String FILE = ".generations.json";

    private static final String SET_ASIDE = ".generations.damaged-";
    private static final Logger LOG = LoggerFactory.getLogger(RetiredGenerations.class);

    /** Reads a tenant's; a file that cannot be read is set aside, so that its collections are served. */
    static RetiredGenerations readOrSetAside(Path tenantFolder) throws IOException {
        try {
            return read(tenantFolder);
        } catch (MalformedException damaged) {
            LOG.error(
                    "generations of deleted collections are lost, and are counted on from a greater one: {}",
                    damaged.toString());
            DurableFiles.move(tenantFolder.resolve(FILE), tenantFolder.resolve(SET_ASIDE + setAside(tenantFolder)));
            return new RetiredGenerations(VERSION, Map.of());
        }
    }

    /** How many files were ever set aside. */
    static int setAside(Path tenantFolder) {
        int count = 0;
        while (Files.exists(tenantFolder.resolve(SET_ASIDE + count))) {
            count++;
        }
        return count;
    }

    private static final class MalformedException extends IOException {
        private static final long serialVersionUID = 1L;

        MalformedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Reads a tenant's; none where there is no file. */
    static RetiredGenerations read(Path tenantFolder) throws IOException {
        Path file = tenantFolder.resolve(FILE);
        if (!Files.exists(file)) {
            return new RetiredGenerations(VERSION, Map.of());
        }
        try {
            RetiredGenerations read = Json.MAPPER.readValue(Files.readAllBytes(file), RetiredGenerations.class);
            if (read.version() != VERSION) {
                throw new IOException("%s: version must be %d: version=%d; use the release that wrote it"
                        .formatted(file, VERSION, read.version()));
            }
            return read;
        } catch (JsonProcessingException malformed) {
            throw new MalformedException(file + ": " + Json.explain(malformed), malformed);
        }
    }

    /** The last generation under this name; 0 where there was none. */
    long last(String name) {
        return generations.getOrDefault(name, 0L);
    }

    /** Adds one and writes the file, durably. */
    RetiredGenerations retire(Path tenantFolder, String name, long generation) throws IOException {
        var all = new TreeMap<>(generations);
        all.merge(name, generation, Math::max);
        var retired = new RetiredGenerations(VERSION, all);
        DurableFiles.write(tenantFolder.resolve(FILE), Json.MAPPER.writeValueAsBytes(retired));
        return retired;
    }
}
