package dev.siskin.inference.gateway;

import dev.siskin.api.AnswerEvents;
import dev.siskin.api.Hit;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.citing.CitedSentence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The events of {@code POST /v1/answers}: {@code passages}, {@code sentence}, {@code done} or {@code error}. */
final class AnswerEventWriter implements Streaming.Writer {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerEventWriter.class);

    private final String requestId;
    private final List<String> sent = new ArrayList<>();

    AnswerEventWriter(String requestId) {
        this.requestId = requestId;
    }

    @Override
    public void found(EventStream events, SearchResponse found) throws IOException {
        List<AnswerEvents.Passage> passages = new ArrayList<>();
        for (Hit hit : found.hits()) {
            passages.add(AnswerEvents.Passage.of(passages.size() + 1, hit));
        }
        events.send("passages", new AnswerEvents.Passages(passages));
    }

    @Override
    public void sentence(EventStream events, CitedSentence sentence) throws IOException {
        sent.add(sentence.text());
        events.send("sentence", new AnswerEvents.Sentence(sentence.text(), sentence.citations()));
    }

    @Override
    public void done(EventStream events, Answered answer) throws IOException {
        events.send("done", answer.response());
    }

    @Override
    public void failed(EventStream events, RuntimeException failure) throws IOException {
        if (!(failure instanceof ProblemException)) {
            LOG.error("an answer failed while it was sent", failure);
        }
        ProblemException problem = failure instanceof ProblemException known ? known : Problem.internal();
        events.send("error", new AnswerEvents.Failure(problem.toProblem(requestId), String.join(" ", sent)));
    }
}
