package dev.siskin.indexer.splitting;

import dev.siskin.api.Chunk;
import dev.siskin.indexer.reading.ExtractedText;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A document's text to chunks without vectors. Each chunk's text is a slice of the document's; together they hold all
 * of it but white space and the headings that are in their contexts. Thread-safe if the tokenizer is.
 */
public final class DocumentSplitter {
    /** Changes whenever the same text would be split differently: it is part of every content hash. */
    public static final int VERSION = 2;

    private final SplitSettings settings;
    private final TokenStarts tokens;

    public DocumentSplitter(SplitSettings settings, TokenStarts tokens) {
        this.settings = settings;
        this.tokens = tokens;
    }

    /**
     * Splits a document, or a part of one.
     *
     * @param title put first in every chunk's context unless it is the first heading anyway
     */
    public List<Chunk> split(String title, ExtractedText extracted) {
        var text = new TokenizedText(extracted.text(), tokens);
        var context = new ChunkContext(title, tokens);
        var splitter = new PassageSplitter(text, settings);
        List<Chunk> chunks = new ArrayList<>();
        for (Passage passage : new SectionPacker(text, settings).pack(extracted.sections())) {
            for (Span span : splitter.split(passage)) {
                chunks.add(chunk(extracted, passage, span, context));
            }
        }
        return chunks;
    }

    private static Chunk chunk(ExtractedText extracted, Passage passage, Span span, ChunkContext context) {
        OptionalInt page = extracted.page(span.start());
        @Nullable
        String heading = passage.path().isEmpty() ? null : passage.path().getLast();
        return new Chunk(
                extracted.text().substring(span.start(), span.end()),
                context.of(passage.path(), span.header()),
                heading,
                page.isPresent() ? page.getAsInt() : null,
                extracted.offset() + span.start(),
                extracted.offset() + span.end(),
                null);
    }
}
