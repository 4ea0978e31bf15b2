package dev.siskin.cli.evaluate;

import dev.siskin.auth.KeyFile;
import dev.siskin.cli.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The judged queries of a split, with document ids as they are in a collection: {@code SOURCE/corpus.jsonl/ID}.
 *
 * @param file of the documents
 * @param queries those with a relevant document
 * @param unjudgeable queries left out because none of their documents is relevant
 */
public record JudgedCorpus(
        Path file, String source, List<JudgedQuery> queries, int unjudgeable, Evaluation.Judgments judgments) {
    /**
     * Reads a folder in BEIR's layout.
     *
     * @param source first part of the ids; empty = the folder's name
     * @throws CommandFailure where a file is missing or malformed
     */
    public static JudgedCorpus read(BeirFolder folder, String split, Optional<String> source) {
        List<JudgedQuery> all = folder.judgedQueries(split);
        String name = source.orElseGet(() -> nameOf(folder.folder()));
        List<JudgedQuery> queries = all.stream()
                .filter(JudgedQuery::hasRelevant)
                .map(query -> query.withPrefix(name + "/" + BeirFolder.CORPUS + "/"))
                .toList();
        if (queries.isEmpty()) {
            throw new CommandFailure("split %s of %s has no query with a relevant document; every grade is 0 or less"
                    .formatted(split, folder.folder()));
        }
        var judgments = new Evaluation.Judgments(
                name,
                split,
                queries.size(),
                documents(queries).size(),
                sha256(folder.corpusFile()),
                KeyFile.digest(all.stream()
                        .flatMap(query -> query.grades().entrySet().stream()
                                .map(judged -> String.join(
                                        "\t",
                                        query.id(),
                                        query.text(),
                                        judged.getKey(),
                                        judged.getValue().toString())))
                        .sorted()
                        .collect(Collectors.joining("\n"))));
        return new JudgedCorpus(folder.corpusFile(), name, queries, all.size() - queries.size(), judgments);
    }

    /** Ids of the judged documents, each once. */
    List<String> documents() {
        return documents(queries);
    }

    private static List<String> documents(List<JudgedQuery> queries) {
        return queries.stream()
                .flatMap(query -> query.grades().keySet().stream())
                .distinct()
                .toList();
    }

    /** As the indexer names the source of a file in this folder. */
    private static String nameOf(Path folder) {
        try {
            Path name = folder.toRealPath().getFileName();
            return name == null ? "root" : name.toString();
        } catch (IOException unreadable) {
            throw new CommandFailure(folder + " cannot be read: " + unreadable.getMessage());
        }
    }

    private static String sha256(Path file) {
        try (InputStream bytes = Files.newInputStream(file);
                var digested = new DigestInputStream(bytes, MessageDigest.getInstance("SHA-256"))) {
            digested.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digested.getMessageDigest().digest());
        } catch (NoSuchFileException missing) {
            throw new CommandFailure("no such file: " + file);
        } catch (IOException unreadable) {
            throw new CommandFailure(file + " cannot be read: " + unreadable.getMessage());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
