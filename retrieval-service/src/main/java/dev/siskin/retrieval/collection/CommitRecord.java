package dev.siskin.retrieval.collection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.siskin.api.Json;
import java.io.IOException;
import java.util.Map;

/**
 * What each Lucene commit says of itself in its user data, so that it is durable together with the documents it speaks
 * of. Keys of version 1, all strings:
 *
 * <ul>
 *   <li>{@code siskin.version}: of this format, {@value #VERSION}
 *   <li>{@code siskin.generation}: decimal; grows with every commit that changes documents
 *   <li>{@code siskin.metadata}: JSON object, metadata field to {@code string}, {@code number}, {@code boolean} or
 *       {@code date}
 * </ul>
 *
 * @param generation of the documents in this commit
 * @param metadataTypes of every field seen so far
 */
record CommitRecord(long generation, Map<String, MetadataType> metadataTypes) {
    /** The format this class writes, and the only one it reads. */
    static final int VERSION = 1;

    private static final String VERSION_KEY = "siskin.version";
    private static final String GENERATION_KEY = "siskin.generation";
    private static final String METADATA_KEY = "siskin.metadata";
    private static final TypeReference<Map<String, MetadataType>> TYPES = new TypeReference<>() {};

    /** @throws IOException where the user data is not of this format */
    static CommitRecord of(Map<String, String> userData) throws IOException {
        if (!Integer.toString(VERSION).equals(userData.get(VERSION_KEY))) {
            throw new IOException("commit must have %s=%d: user data is %s; use the release that wrote it"
                    .formatted(VERSION_KEY, VERSION, userData));
        }
        try {
            long generation = Long.parseLong(String.valueOf(userData.get(GENERATION_KEY)));
            return new CommitRecord(
                    generation, Json.MAPPER.readValue(String.valueOf(userData.get(METADATA_KEY)), TYPES));
        } catch (NumberFormatException | JsonProcessingException malformed) {
            throw new IOException("commit has malformed user data: " + userData, malformed);
        }
    }

    Map<String, String> userData() {
        try {
            return Map.of(
                    VERSION_KEY,
                    Integer.toString(VERSION),
                    GENERATION_KEY,
                    Long.toString(generation),
                    METADATA_KEY,
                    Json.MAPPER.writeValueAsString(metadataTypes));
        } catch (JsonProcessingException impossible) {
            throw new AssertionError("a map of enums is writable", impossible);
        }
    }
}
