package dev.siskin.indexer.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The parts of a document that a test reads. */
final class Collected implements PartSink {
    private final List<ExtractedText> parts = new ArrayList<>();
    private @Nullable DocumentHead head;

    @Override
    public void part(DocumentHead head, ExtractedText part) {
        this.head = head;
        parts.add(part);
    }

    List<ExtractedText> parts() {
        return parts;
    }

    /** The only part. */
    ExtractedText text() {
        if (parts.size() != 1) {
            throw new AssertionError("one part was expected, not " + parts.size());
        }
        return parts.getFirst();
    }

    Optional<String> title() {
        return Objects.requireNonNull(head).title();
    }

    String mimeType() {
        return Objects.requireNonNull(head).mimeType();
    }

    Map<String, Object> metadata() {
        return Objects.requireNonNull(head).metadata();
    }

    /** Kind and text of every block, in order. */
    List<String> blocks() {
        return parts.stream()
                .flatMap(part -> part.sections().stream()
                        .flatMap(section -> section.blocks().stream())
                        .map(block -> block.kind() + " " + part.text().substring(block.start(), block.end())))
                .collect(Collectors.toList());
    }

    /** Every section's headings, in order. */
    List<String> paths() {
        return parts.stream()
                .flatMap(part -> part.sections().stream())
                .map(section -> String.join(" > ", section.path()))
                .toList();
    }
}
