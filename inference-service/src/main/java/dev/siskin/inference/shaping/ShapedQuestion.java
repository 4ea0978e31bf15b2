package dev.siskin.inference.shaping;

import dev.siskin.api.AnswerRequest;
import dev.siskin.api.Filter;
import dev.siskin.api.Tier;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * A request with every field checked and every default filled in.
 *
 * @param question what is asked, normalised; a follow-up comes with the question before it in front
 * @param asked the questions of the conversation, as they were asked: the last ones before, oldest first, then this one
 * @param filter {@link Filter.All} where none was given
 * @param parameters how the answer is written
 * @param priority whether somebody waits
 * @param deadline from the arrival of the request
 * @param minGeneration oldest index generation that may answer
 * @param history what became of the turns before
 * @param tokensBefore estimated tokens of question and history as they came
 * @param truncated whether the question was cut
 */
public record ShapedQuestion(
        String question,
        List<String> asked,
        String collection,
        int topK,
        Filter filter,
        Tier wish,
        boolean allowDegraded,
        GenerationParameters parameters,
        AnswerRequest.Priority priority,
        Duration deadline,
        OptionalLong minGeneration,
        History history,
        int tokensBefore,
        boolean truncated) {
    public ShapedQuestion {
        asked = List.copyOf(asked);
    }

    /** Turns left out, and turns of which a part went into the question. */
    public record History(int turnsDropped, int turnsCondensed) {}
}
