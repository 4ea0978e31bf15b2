package dev.siskin.retrieval.http;

import dev.siskin.api.EmbeddingsRequest;
import dev.siskin.api.EmbeddingsRequest.EncodingFormat;
import dev.siskin.api.EmbeddingsRequest.InputType;
import dev.siskin.api.EmbeddingsResponse;
import dev.siskin.auth.Caller;
import dev.siskin.auth.Scope;
import dev.siskin.embedding.Embedder;
import dev.siskin.embedding.Embedding;
import dev.siskin.embedding.EmbeddingException;
import dev.siskin.embedding.EmbeddingInput;
import dev.siskin.embedding.EmbeddingQueueFullException;
import dev.siskin.http.ContentKind;
import dev.siskin.http.ErrorShape;
import dev.siskin.http.HttpHost;
import dev.siskin.http.JsonBody;
import dev.siskin.http.Problem;
import dev.siskin.http.RouteDoc;
import dev.siskin.retrieval.collection.RetrievalException;
import dev.siskin.retrieval.search.Embedders;
import dev.siskin.retrieval.search.ModelLease;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/embeddings}, which OpenAI's clients call unchanged. The texts of a request are embedded one after the
 * other, so that a large one takes no more than one place in the embedder's queue from the searches beside it.
 */
public final class EmbeddingRoutes {
    private static final long MAX_BYTES = 4L << 20;
    private static final long RETRY_SECONDS = 1;

    private final Embedders embedders;
    private final String defaultModel;

    public EmbeddingRoutes(Embedders embedders, String defaultModel) {
        this.embedders = embedders;
        this.defaultModel = defaultModel;
    }

    /** Adds the route. */
    public void install(HttpHost.Builder host) {
        host.post("/v1/embeddings", Scope.QUERY, MAX_BYTES, ContentKind.JSON, Problems.explained(this::embed))
                .errors(ErrorShape.OPENAI)
                .describe(RouteDoc.of("Embeds a text or an array of texts; OpenAI-compatible, unknown fields ignored")
                        .reads(EmbeddingsRequest.class)
                        .answers(EmbeddingsResponse.class));
    }

    private void embed(Context context, Caller caller) {
        EmbeddingsRequest request = JsonBody.read(context, EmbeddingsRequest.class);
        List<String> texts = texts(request.input());
        try (ModelLease model = model(request.model() == null ? defaultModel : request.model())) {
            context.json(embeddings(model.embedder(), request, texts));
        }
    }

    private static EmbeddingsResponse embeddings(Embedder embedder, EmbeddingsRequest request, List<String> texts) {
        int dimensions = embedder.manifest().dimensions();
        if (request.dimensions() != null && request.dimensions() != dimensions) {
            throw Problem.badRequest("dimensions of model %s are %d and cannot be changed: dimensions=%d"
                            .formatted(embedder.manifest().name(), dimensions, request.dimensions()))
                    .about("dimensions");
        }
        EmbeddingInput as = request.inputType() == InputType.QUERY ? EmbeddingInput.QUERY : EmbeddingInput.PASSAGE;
        var vectors = new ArrayList<float[]>(texts.size());
        long tokens = 0;
        for (String text : texts) {
            Embedding embedding = embedding(embedder, as, text, vectors.size());
            vectors.add(embedding.vector());
            tokens += embedding.tokens();
        }
        EncodingFormat format = request.encodingFormat() == null ? EncodingFormat.FLOAT : request.encodingFormat();
        return EmbeddingsResponse.of(vectors, format, embedder.manifest().name(), tokens);
    }

    private ModelLease model(String name) {
        try {
            return embedders.named(name);
        } catch (RetrievalException refused) {
            String detail = String.valueOf(refused.getMessage());
            throw refused.kind() == RetrievalException.Kind.UNAVAILABLE
                    ? Problem.unavailable(detail, RETRY_SECONDS)
                    : Problem.notFound(detail).about("model");
        }
    }

    private static Embedding embedding(Embedder embedder, EmbeddingInput as, String text, int index) {
        Embedding embedding;
        try {
            embedding = as == EmbeddingInput.QUERY ? embedder.embedQuery(text) : embedder.embedPassage(text);
        } catch (EmbeddingQueueFullException full) {
            throw Problem.unavailable(String.valueOf(full.getMessage()), RETRY_SECONDS);
        } catch (EmbeddingException failed) {
            throw Problem.unprocessable("input[%d]: %s".formatted(index, failed.getMessage()))
                    .about("input");
        }
        if (embedding.truncated()) {
            throw Problem.badRequest("input[%d] has more than the %d tokens model %s takes; cut it into several"
                            .formatted(
                                    index,
                                    embedder.manifest().maxTokens(),
                                    embedder.manifest().name()))
                    .about("input");
        }
        return embedding;
    }

    private static List<String> texts(@Nullable List<@Nullable String> input) {
        if (input == null || input.isEmpty()) {
            throw Problem.badRequest("input is missing; it is a text or an array of texts")
                    .about("input");
        }
        if (input.size() > EmbeddingsRequest.MAX_TEXTS) {
            throw Problem.badRequest("input may have at most %d texts: %d; send them in several requests"
                            .formatted(EmbeddingsRequest.MAX_TEXTS, input.size()))
                    .about("input");
        }
        var texts = new ArrayList<String>(input.size());
        for (String text : input) {
            if (text == null || text.isEmpty()) {
                throw Problem.badRequest("input[%d] is null or empty".formatted(texts.size()))
                        .about("input");
            }
            if (text.length() > EmbeddingsRequest.MAX_TEXT_CHARS) {
                throw Problem.badRequest("input[%d] may have at most %d characters: %d"
                                .formatted(texts.size(), EmbeddingsRequest.MAX_TEXT_CHARS, text.length()))
                        .about("input");
            }
            texts.add(text);
        }
        return texts;
    }
}
