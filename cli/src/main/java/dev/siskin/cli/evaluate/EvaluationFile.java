package dev.siskin.cli.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import dev.siskin.api.Json;
import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** An {@link Evaluation} as a file: JSON, its {@code format} and {@code version} first. */
public final class EvaluationFile {
    private EvaluationFile() {}

    /** @throws CommandFailure where it is not there or not of this format */
    public static Evaluation read(Path file) {
        try {
            JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(file));
            if (!json.path("format").asText().equals(Evaluation.FORMAT)) {
                throw new CommandFailure(file + " is not an evaluation; --save writes one");
            }
            if (json.path("version").asInt() != Evaluation.VERSION) {
                throw new CommandFailure("%s is of version %s, this siskin reads %d; measure again with --save"
                        .formatted(file, json.path("version").asText(), Evaluation.VERSION));
            }
            return Json.MAPPER
                    .readerFor(Evaluation.class)
                    .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                    .readValue(json);
        } catch (NoSuchFileException missing) {
            throw new CommandFailure("no such file: " + file + "; --save writes one");
        } catch (JsonProcessingException malformed) {
            throw new CommandFailure(file + ": " + Json.explain(malformed));
        } catch (IOException unreadable) {
            throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage());
        }
    }

    /** @throws CommandFailure where a file could not be written: said before hours are spent on what goes into it */
    public static void requireWritable(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder) || Files.isDirectory(file)) {
            throw new CommandFailure("cannot be written: " + file + "; name a file in a folder that is there");
        }
    }

    /** Writes the file whole or not at all; one that is there already is replaced. */
    public static void write(Path file, Evaluation evaluation) {
        try {
            Path beside = file.resolveSibling(file.getFileName() + ".part");
            try {
                Files.write(beside, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(evaluation));
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException refused) {
            throw new CommandFailure("cannot be written: " + file + " (" + refused.getMessage() + ")");
        }
    }
}
