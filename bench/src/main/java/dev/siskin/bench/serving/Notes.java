package dev.siskin.bench.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.siskin.api.Hit;
import dev.siskin.api.Json;
import dev.siskin.api.SearchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the stand-in of retrieval-service finds, whatever is asked: six passages of some 60 words. */
final class Notes {
    static final String COLLECTION = "notes";
    static final long GENERATION = 7;

    /** A sentence of the first passage, which a model that keeps to the passages may write. */
    static final String ANSWER = "The harbour crane lifts containers of up to forty tonnes when the wind is below"
            + " sixty kilometres an hour.";

    private static final List<String> PASSAGES = List.of(
            ANSWER + " Above that the operator lowers the load, locks the boom and waits for the harbour master. Each"
                    + " lift is written into the log with weight, time and the name of the operator. The log is kept"
                    + " for ten years in the office by the eastern gate.",
            "Ferries to the outer islands leave at six, at noon and at nine in the evening from April to October."
                    + " Tickets are sold on board, and bicycles travel free of charge. In winter a single boat sails"
                    + " on Mondays and Thursdays, weather permitting, and the timetable hangs at the quay.",
            "The lighthouse was built of granite between 1871 and 1874 after three schooners ran aground in one"
                    + " night. Its lamp burned paraffin until the cable from the mainland was laid. Keepers lived in"
                    + " the two cottages below, which visitors may rent since the light became automatic.",
            "Fish is auctioned every weekday at five in the morning in the hall behind the ice plant. Buyers"
                    + " register a day ahead and leave a deposit of five hundred crowns. Boxes are weighed twice, and"
                    + " what is not sold by seven goes to the smokehouse at a fixed price.",
            "Vessels longer than ninety metres take a pilot on board two miles off the breakwater. The pilot is"
                    + " ordered by radio on channel twelve at least two hours before arrival. Fees depend on draught,"
                    + " and ships that call more than thirty times a year pay half.",
            "The dry dock takes hulls of up to one hundred and twenty metres and is booked a season ahead. Painters,"
                    + " welders and riggers come from the yard next door. Work at night needs a permit, since the"
                    + " school above the slipway rents rooms to families in the summer.");

    private static final Pattern SENTENCE = Pattern.compile("[A-Z][^.]*\\.");

    private Notes() {}

    /** The response to every search. */
    static byte[] found() {
        List<Hit> hits = new ArrayList<>();
        for (String passage : PASSAGES) {
            hits.add(hit(hits.size(), passage));
        }
        var response =
                new SearchResponse(hits, GENERATION, "bge-small-en-v1.5", null, new SearchResponse.Timings(3, 1, 4));
        return json(response);
    }

    /** The generations of all collections. */
    static byte[] generations() {
        return json(Map.of(COLLECTION, GENERATION));
    }

    private static Hit hit(int rank, String passage) {
        double cosine = 0.82 - 0.03 * rank;
        List<Hit.Highlight> highlights = SENTENCE.matcher(passage)
                .results()
                .map((MatchResult at) -> new Hit.Highlight(at.start(), at.end(), cosine - at.start() / 10_000.0))
                .toList();
        return new Hit(
                "harbour/note-" + rank + ".md",
                0,
                cosine,
                new Hit.Scores(cosine, 9.0 - rank, cosine),
                new Hit.Ranks(rank + 1, rank + 1),
                passage,
                "Harbour handbook",
                "Chapter " + rank,
                "Harbour handbook",
                "file:/harbour/note-" + rank + ".md",
                null,
                0,
                passage.length(),
                null,
                highlights);
    }

    static byte[] json(Object value) {
        try {
            return Json.MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException bug) {
            throw new IllegalStateException("a record is always writable as JSON", bug);
        }
    }
}
