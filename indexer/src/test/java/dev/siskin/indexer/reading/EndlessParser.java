package dev.siskin.indexer.reading;

import java.io.InputStream;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.mime.MediaType;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.apache.tika.sax.XHTMLContentHandler;
import org.xml.sax.ContentHandler;
import org.xml.sax.SAXException;

/**
 * What no real file should make a parser do: {@code *.hangs} gives some text and then nothing more, {@code *.drips} goes on
 * giving a little. Found by Tika through {@code META-INF/services}, the types through {@code custom-mimetypes.xml}.
 */
public final class EndlessParser implements Parser {
    private static final long serialVersionUID = 1L;
    private static final MediaType HANGS = MediaType.application("x-siskin-hangs");
    private static final MediaType DRIPS = MediaType.application("x-siskin-drips");

    @Override
    public Set<MediaType> getSupportedTypes(ParseContext context) {
        return Set.of(HANGS, DRIPS);
    }

    @Override
    public void parse(InputStream in, ContentHandler handler, Metadata metadata, ParseContext context)
            throws SAXException {
        boolean hangs = HANGS.toString().equals(metadata.get(Metadata.CONTENT_TYPE));
        var text = new XHTMLContentHandler(handler, metadata);
        var never = new CountDownLatch(1);
        text.startDocument();
        try {
            for (int i = 0; !hangs || i < 10; i++) {
                text.element("p", "Some words of a text that has no end.");
                if (never.await(10, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
            never.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
