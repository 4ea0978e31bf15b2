package dev.siskin.indexer.reading;

import java.util.Set;
import org.apache.tika.mime.MediaType;
import org.jspecify.annotations.Nullable;
import org.xml.sax.Attributes;

/**
 * What of a format's XHTML is content, and how its paragraphs and tables are to be understood.
 *
 * @param guessHeaders whether the first row of a table is its header where none is marked
 * @param joinLines whether a paragraph that ends within a sentence goes on with the next: PDF knows lines only
 * @param sheets whether headings are names of sheets, which say nothing where the sheet is empty
 * @param slides whether the first line of a page is its heading
 * @param pages whether pages are counted
 * @param tablesOnly whether what stands outside of tables is no content: page headers and footers of a spreadsheet
 * @param everything whether navigation and the like count as well, because there is nothing else
 */
record TextRules(
        boolean guessHeaders,
        boolean joinLines,
        boolean sheets,
        boolean slides,
        boolean pages,
        boolean tablesOnly,
        boolean everything) {
    /** Formats whose tables say what their headers are, and often are no tables but layout. */
    private static final Set<String> MARKS_HEADERS =
            Set.of("text/html", "application/xhtml+xml", "application/epub+zip", "message/rfc822");

    private static final Set<String> IGNORED = Set.of("script", "style", "noscript", "template", "title");
    private static final Set<String> IGNORED_CLASSES =
            Set.of("slide-master-content", "slide-notes-master", "annotationTitle", "annotationSubject");
    private static final Set<String> BOILERPLATE =
            Set.of("nav", "footer", "aside", "select", "datalist", "button", "svg", "canvas");
    private static final Set<String> BOILERPLATE_ROLES =
            Set.of("navigation", "contentinfo", "complementary", "banner", "search", "menu", "menubar");

    static TextRules of(MediaType type, boolean everything) {
        String name = type.toString();
        boolean isPdf = name.equals("application/pdf");
        boolean slides = name.contains("powerpoint") || name.contains("presentation");
        return new TextRules(
                !MARKS_HEADERS.contains(name),
                isPdf,
                isSheets(name),
                slides,
                isPdf || slides,
                name.endsWith("opendocument.spreadsheet") && !everything,
                everything);
    }

    /** Whether it is a workbook, as far as its name tells. */
    static boolean isSheets(@Nullable String mimeType) {
        return mimeType != null && (mimeType.contains("spreadsheet") || mimeType.contains("ms-excel"));
    }

    /** Whether an element and all in it is no content. */
    boolean ignores(String element, Attributes attributes) {
        String className = attributes.getValue("class");
        if (IGNORED.contains(element) || (className != null && IGNORED_CLASSES.contains(className))) {
            return true;
        }
        String role = attributes.getValue("role");
        return !everything
                && (BOILERPLATE.contains(element)
                        || (role != null && BOILERPLATE_ROLES.contains(role))
                        || (attributes.getValue("hidden") != null && !element.equals("body")));
    }
}
