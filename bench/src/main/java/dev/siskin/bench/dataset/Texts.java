package dev.siskin.bench.dataset;

import dev.siskin.bench.Squad;
import dev.siskin.cli.evaluate.BeirFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** Reads the sources of the data set: pages as blocks of running text, and the questions that come with them. */
final class Texts {
    private static final long LARGEST_PAGE = 1 << 20;

    private Texts() {}

    /** What is done with a page's blocks of text, in order. */
    interface PageReader {
        void read(List<String> blocks) throws IOException;
    }

    static void scifact(Path folder, PageReader reader) throws IOException {
        for (BeirFolder.Passage passage : new BeirFolder(folder).corpus()) {
            reader.read(List.of(passage.text()));
        }
    }

    static List<String> claims(Path scifact) {
        return List.copyOf(new BeirFolder(scifact).queries().values());
    }

    static void squad(Path folder, PageReader reader) throws IOException {
        for (Squad.Paragraph paragraph : Squad.read(folder).paragraphs()) {
            reader.read(List.of(paragraph.text()));
        }
    }

    static List<String> questions(Path squad) throws IOException {
        return Squad.read(squad).questions().stream().map(Squad.Question::text).toList();
    }

    /** Pages of the tldr project: what a command is for, then descriptions of examples and the commands themselves. */
    static void tldr(Path folder, PageReader reader) throws IOException {
        for (Path page : files(folder, ".md")) {
            List<String> blocks = Files.readAllLines(page).stream()
                    .filter(line -> !line.isBlank() && !line.contains("More information"))
                    .map(line -> line.replaceFirst("^[#>-]+ ", "").replaceAll("[`{}\\[\\]]", ""))
                    .toList();
            reader.read(blocks);
        }
    }

    static List<String> descriptions(Path tldr) throws IOException {
        var descriptions = new ArrayList<String>();
        for (Path page : files(tldr, ".md")) {
            Files.readAllLines(page).stream()
                    .filter(line -> line.startsWith("- "))
                    .map(line -> line.substring(2).replaceAll("[`{}\\[\\]]", "").replaceFirst(":$", ""))
                    .forEach(descriptions::add);
        }
        return descriptions;
    }

    /** Paragraphs, list items and definitions; listings, tables and navigation are left out. */
    static void html(Path folder, PageReader reader) throws IOException {
        for (Path page : files(folder, ".html")) {
            if (Files.size(page) > LARGEST_PAGE) {
                continue;
            }
            Document document = Jsoup.parse(page.toFile());
            if (!isEnglish(document)) {
                continue;
            }
            document.select("nav, pre, table, script, style, header, footer, .sphinxsidebar, .navheader, .navfooter")
                    .remove();
            var blocks = new ArrayList<String>();
            for (Element block : document.select("p, dd, li, div.block")) {
                if (block.select("p, dd, li, div.block").size() == 1) {
                    blocks.add(block.text());
                }
            }
            reader.read(blocks);
        }
    }

    private static boolean isEnglish(Document document) {
        Element root = document.selectFirst("html");
        String language = root == null ? "" : root.attr("lang") + root.attr("xml:lang");
        return language.isEmpty() || language.startsWith("en");
    }

    private static List<Path> files(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix) && Files.isRegularFile(file))
                    .sorted()
                    .toList();
        }
    }
}
