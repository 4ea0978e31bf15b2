package dev.siskin.inference.gateway;

import dev.siskin.api.AnswerResponse;
import dev.siskin.api.SearchResponse;
import dev.siskin.inference.answering.AnswerListener;
import dev.siskin.inference.answering.Answered;
import dev.siskin.inference.citing.CitedSentence;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Sends an answer while it is made. The making has a thread of its own, and what it tells waits in between, bounded by
 * the length of an answer, so that a client that reads slowly holds up nobody; one that goes away ends the making.
 */
public final class Streaming {
    /** So often a silent stream shows that it is alive, and finds out whether its client is. */
    private static final long SILENCE_MS = 1_000;

    /** What is told, as the route's clients want it. */
    public interface Writer {
        void found(EventStream events, SearchResponse found) throws IOException;

        void sentence(EventStream events, CitedSentence sentence) throws IOException;

        void done(EventStream events, Answered answer) throws IOException;

        /** After the stream has begun. */
        void failed(EventStream events, RuntimeException failure) throws IOException;
    }

    private sealed interface Told {
        record Found(SearchResponse found) implements Told {}

        record Sentence(CitedSentence sentence) implements Told {}

        record Done(Answered answer) implements Told {}

        record Failed(RuntimeException failure) implements Told {}
    }

    private Streaming() {}

    /**
     * Makes an answer and sends it.
     *
     * @param making answers, telling the listener; interrupted where nobody waits any more
     * @return the answer; null where it failed after the stream had begun
     * @throws IOException where the client is gone
     * @throws RuntimeException of the making, where it failed before anything was sent, a sign of life among it
     */
    public static @Nullable AnswerResponse send(
            EventStream events, Function<AnswerListener, Answered> making, Writer writer)
            throws IOException, InterruptedException {
        BlockingQueue<Told> told = new LinkedBlockingQueue<>();
        var sent = new CountDownLatch(1);
        @Nullable Map<String, String> logged = MDC.getCopyOfContextMap();
        Thread maker = Thread.ofVirtual().name("answer").start(() -> {
            if (logged != null) {
                MDC.setContextMap(logged);
            }
            make(making, told, sent);
        });
        try {
            return send(events, told, writer);
        } finally {
            sent.countDown();
            maker.interrupt();
        }
    }

    /** Holds what the answer holds until it has been sent. */
    private static void make(Function<AnswerListener, Answered> making, BlockingQueue<Told> told, CountDownLatch sent) {
        var listener = new AnswerListener() {
            @Override
            public void found(SearchResponse found) {
                told.add(new Told.Found(found));
            }

            @Override
            public void sentence(CitedSentence sentence) {
                told.add(new Told.Sentence(sentence));
            }
        };
        try (Answered answer = making.apply(listener)) {
            told.add(new Told.Done(answer));
            sent.await();
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException failure) {
            told.add(new Told.Failed(failure));
        } catch (Error failure) {
            told.add(new Told.Failed(new IllegalStateException("an answer could not be made", failure)));
        }
    }

    private static @Nullable AnswerResponse send(EventStream events, BlockingQueue<Told> told, Writer writer)
            throws IOException, InterruptedException {
        while (true) {
            @Nullable Told next = told.poll(SILENCE_MS, TimeUnit.MILLISECONDS);
            switch (next) {
                case null -> events.sendNothing();
                case Told.Found found -> writer.found(events, found.found());
                case Told.Sentence sentence -> writer.sentence(events, sentence.sentence());
                case Told.Done done -> {
                    writer.done(events, done.answer());
                    return done.answer().response();
                }
                case Told.Failed failed -> {
                    if (!events.hasBegun()) {
                        throw failed.failure();
                    }
                    writer.failed(events, failed.failure());
                    return null;
                }
            }
        }
    }
}
