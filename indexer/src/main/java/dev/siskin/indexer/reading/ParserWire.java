package dev.siskin.indexer.reading;

import dev.siskin.api.Json;
import dev.siskin.indexer.progress.Retry;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the indexer and its parser process say to each other over a pair of pipes: a {@link Request}, then messages until
 * one of them ends the file. Both ends are of one build, so that there is no version. Numbers are big-endian; a string is
 * its length in bytes and UTF-8.
 */
final class ParserWire {
    private static final int MAX_STRING_BYTES = 16 * 1024 * 1024;

    private ParserWire() {}

    /**
     * A file to parse.
     *
     * @param uri its address as {@link Path#toUri} gives it: a name that is not in the system's encoding is no string
     * @param name as the user knows it, for telling its type
     */
    record Request(String uri, String name, int partChars, int maxChars) {
        void write(DataOutputStream out) throws IOException {
            writeString(out, uri);
            writeString(out, name);
            out.writeInt(partChars);
            out.writeInt(maxChars);
        }

        static Request read(DataInputStream in) throws IOException {
            return new Request(readString(in), readString(in), in.readInt(), in.readInt());
        }
    }

    /** What the parser process answers. */
    sealed interface Message {
        /** The process is there and can be sent files. */
        record Ready() implements Message {}

        /** What the document says of itself; before its first part. */
        record Head(DocumentHead head) implements Message {}

        /** A part of the text; others may follow. */
        record Part(ExtractedText text) implements Message {}

        /** The text is at its end. */
        record End() implements Message {}

        /** There is no text to be had, or no more. */
        record Refused(String reason, String remedy, Retry retry) implements Message {}

        /**
         * It is text in some encoding, to be read by the indexer itself.
         *
         * @param isCertain false where only the bytes can tell
         */
        record IsText(String mimeType, Block.Kind kind, boolean isCertain) implements Message {}
    }

    static void write(DataOutputStream out, Message message) throws IOException {
        switch (message) {
            case Message.Ready() -> out.writeByte('S');
            case Message.Head(DocumentHead head) -> {
                out.writeByte('H');
                writeString(out, head.mimeType());
                writeString(out, head.title().orElse(""));
                writeString(out, Json.MAPPER.writeValueAsString(head.metadata()));
            }
            case Message.Part(ExtractedText text) -> {
                out.writeByte('P');
                writeText(out, text);
            }
            case Message.End() -> out.writeByte('E');
            case Message.Refused(String reason, String remedy, Retry retry) -> {
                out.writeByte('R');
                writeString(out, reason);
                writeString(out, remedy);
                writeString(out, retry.name());
            }
            case Message.IsText(String mimeType, Block.Kind kind, boolean isCertain) -> {
                out.writeByte('T');
                writeString(out, mimeType);
                writeString(out, kind.name());
                out.writeBoolean(isCertain);
            }
        }
        out.flush();
    }

    /** @throws IOException also where the other end is gone */
    static Message read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case 'S' -> new Message.Ready();
            case 'H' -> {
                String mimeType = readString(in);
                Optional<String> title = Optional.of(readString(in)).filter(text -> !text.isEmpty());
                yield new Message.Head(new DocumentHead(title, mimeType, metadata(readString(in))));
            }
            case 'P' -> new Message.Part(readText(in));
            case 'E' -> new Message.End();
            case 'R' -> new Message.Refused(readString(in), readString(in), Retry.valueOf(readString(in)));
            case 'T' -> new Message.IsText(readString(in), Block.Kind.valueOf(readString(in)), in.readBoolean());
            default -> throw new IOException("not a message of the parser process: " + kind);
        };
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> metadata(String json) throws IOException {
        return Json.MAPPER.readValue(json, Map.class);
    }

    private static void writeText(DataOutputStream out, ExtractedText text) throws IOException {
        out.writeInt(text.offset());
        writeString(out, text.text());
        out.writeInt(text.sections().size());
        for (Section section : text.sections()) {
            writeStrings(out, section.path());
            out.writeInt(section.start());
            out.writeInt(section.bodyStart());
            out.writeInt(section.blocks().size());
            for (Block block : section.blocks()) {
                writeString(out, block.kind().name());
                out.writeInt(block.start());
                out.writeInt(block.end());
                writeString(out, block.header().map(TableHeader::text).orElse(""));
                out.writeInt(block.header().map(TableHeader::end).orElse(-1));
            }
        }
        out.writeInt(text.pagesBefore());
        out.writeInt(text.pageStarts().size());
        for (int start : text.pageStarts()) {
            out.writeInt(start);
        }
    }

    private static ExtractedText readText(DataInputStream in) throws IOException {
        int offset = in.readInt();
        String text = readString(in);
        var sections = new ArrayList<Section>();
        for (int left = in.readInt(); left > 0; left--) {
            List<String> path = readStrings(in);
            int start = in.readInt();
            int bodyStart = in.readInt();
            var blocks = new ArrayList<Block>();
            for (int blocksLeft = in.readInt(); blocksLeft > 0; blocksLeft--) {
                blocks.add(readBlock(in));
            }
            sections.add(new Section(path, start, bodyStart, blocks));
        }
        int pagesBefore = in.readInt();
        var pageStarts = new ArrayList<Integer>();
        for (int left = in.readInt(); left > 0; left--) {
            pageStarts.add(in.readInt());
        }
        return new ExtractedText(offset, text, sections, pagesBefore, pageStarts);
    }

    private static Block readBlock(DataInputStream in) throws IOException {
        Block.Kind kind = Block.Kind.valueOf(readString(in));
        int start = in.readInt();
        int end = in.readInt();
        String header = readString(in);
        int headerEnd = in.readInt();
        return new Block(
                kind, start, end, headerEnd < 0 ? Optional.empty() : Optional.of(new TableHeader(header, headerEnd)));
    }

    private static void writeStrings(DataOutputStream out, List<String> strings) throws IOException {
        out.writeInt(strings.size());
        for (String string : strings) {
            writeString(out, string);
        }
    }

    private static List<String> readStrings(DataInputStream in) throws IOException {
        var strings = new ArrayList<String>();
        for (int left = in.readInt(); left > 0; left--) {
            strings.add(readString(in));
        }
        return strings;
    }

    private static void writeString(DataOutputStream out, String string) throws IOException {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readString(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_STRING_BYTES) {
            throw new IOException("not a string of the parser process: %,d bytes".formatted(length));
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
