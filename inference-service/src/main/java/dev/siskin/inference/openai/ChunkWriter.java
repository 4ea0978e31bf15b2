package dev.siskin.inference.openai;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.SearchResponse;
import dev.siskin.http.OpenAiError;
import dev.siskin.http.Problem;
import dev.siskin.http.ProblemException;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.citing.CitedSentence;
import dev.siskin.inference.gateway.EventStream;
import dev.siskin.inference.gateway.Streaming;
import dev.siskin.inference.openai.ChatCompletion.Details;
import dev.siskin.inference.openai.ChatCompletion.Usage;
import dev.siskin.inference.openai.ChatCompletionChunk.Delta;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks of a streamed chat completion: the role once the search is done, a sentence each, the reason it ends with
 * the citations, the usage where it was asked for, and {@code [DONE]}. An error is the last event, in OpenAI's shape;
 * {@code [DONE]} does not follow it. The event is named {@code error}: OpenAI's clients look at its data, LangChain4j's
 * only at its name.
 */
final class ChunkWriter implements Streaming.Writer {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkWriter.class);

    private final ChatAnswer about;
    private final boolean usage;
    private boolean begun;
    private boolean said;

    /** @param usage whether the usage is sent */
    ChunkWriter(ChatAnswer about, boolean usage) {
        this.about = about;
        this.usage = usage;
    }

    @Override
    public void found(EventStream events, SearchResponse found) throws IOException {
        begin(events);
    }

    @Override
    public void sentence(EventStream events, CitedSentence sentence) throws IOException {
        say(events, sentence.text());
    }

    @Override
    public void done(EventStream events, Answered answered) throws IOException {
        AnswerResponse answer = answered.response();
        if (!said) {
            say(events, answer.answer());
        }
        send(events, ChatCompletionChunk.last(about, about.finishReason(answered), Details.of(answer)));
        if (usage) {
            send(events, ChatCompletionChunk.withUsage(about, Usage.of(answer.usage())));
        }
        events.send("", "[DONE]");
    }

    @Override
    public void failed(EventStream events, RuntimeException failure) throws IOException {
        if (!(failure instanceof ProblemException)) {
            LOG.error("a chat completion failed while it was sent", failure);
        }
        events.send("error", OpenAiError.of(failure instanceof ProblemException known ? known : Problem.internal()));
    }

    private void say(EventStream events, String text) throws IOException {
        begin(events);
        send(events, ChatCompletionChunk.of(about, Delta.of(said ? " " + text : text)));
        said = true;
    }

    private void begin(EventStream events) throws IOException {
        if (!begun) {
            begun = true;
            send(events, ChatCompletionChunk.of(about, Delta.FIRST));
        }
    }

    private static void send(EventStream events, ChatCompletionChunk chunk) throws IOException {
        events.send("", chunk);
    }
}
