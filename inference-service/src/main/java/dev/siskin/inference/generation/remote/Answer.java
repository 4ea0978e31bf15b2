package dev.siskin.inference.generation.remote;

import dev.siskin.inference.generation.Draft;
import dev.siskin.inference.generation.Generated;
import dev.siskin.inference.generation.Prompt;
import dev.siskin.inference.generation.Selection;
import dev.siskin.inference.generation.StopTexts;
import dev.siskin.inference.generation.WrittenSentences;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes sentences of a streamed completion. One per answer; not thread-safe. */
final class Answer {
    /** A token is shorter than this; who writes more does not keep to the limit. */
    private static final int LONGEST_TOKEN = 32;

    private static final String TOKEN_LIMIT = "length";

    private final WrittenSentences sentences;
    private final StopTexts stops;
    private final boolean mayStop;
    private final int maxTokens;
    private final long room;
    private long written;
    private Optional<String> finish = Optional.empty();
    private Optional<CompletionChunk.Usage> usage = Optional.empty();

    Answer(Prompt prompt, Consumer<Draft> drafts) {
        this.sentences = new WrittenSentences(drafts);
        this.stops = new StopTexts(prompt.parameters().stop());
        this.mayStop = !prompt.parameters().stop().isEmpty();
        this.maxTokens = prompt.parameters().maxTokens();
        this.room = (long) maxTokens * LONGEST_TOKEN;
    }

    /**
     * Gives the sentences out as they come. Of an answer that the token limit has cut, what is no whole sentence is left
     * out. An endpoint that goes on behind a stop text is not read any further.
     *
     * @throws RemoteFailure where the answer breaks off, or there is none
     */
    Generated read(CompletionStream stream) throws RemoteFailure, InterruptedException {
        for (Optional<CompletionChunk> chunk = stream.next();
                chunk.isPresent() && written <= room && !stops.isMet();
                chunk = stream.next()) {
            take(chunk.get());
        }
        boolean tooLong = written > room;
        if (finish.isEmpty() && !tooLong && !stops.isMet()) {
            throw RemoteFailure.ofEndpoint("ended in the middle of an answer", null);
        }
        boolean cut = !stops.isMet() && (tooLong || finish.equals(Optional.of(TOKEN_LIMIT)));
        sentences.add(stops.finish());
        if (!cut) {
            sentences.finish();
        }
        boolean stoppedAtOnce = mayStop && !cut;
        if (sentences.isEmpty() && !sentences.isDeclined() && !stoppedAtOnce) {
            throw cut
                    ? RemoteFailure.ofRequest("wrote no whole sentence in max_tokens=" + maxTokens + ": allow more")
                    : RemoteFailure.ofRequest("wrote nothing")
                            .saying("finish_reason " + RemoteError.clean(finish.orElse(""), ""));
        }
        return new Generated(
                sentences.isEmpty() ? Optional.of(Selection.Reason.NO_SENTENCE) : Optional.empty(),
                usage.map(CompletionChunk.Usage::promptTokens),
                usage.map(CompletionChunk.Usage::completionTokens),
                cut);
    }

    private void take(CompletionChunk chunk) {
        written += chunk.text().length();
        finish = chunk.finishReason().or(() -> finish);
        usage = chunk.usage().or(() -> usage);
        sentences.add(stops.add(chunk.text()));
    }
}
