package dev.siskin.inference.answering;

import dev.siskin.inference.generation.Generator;

/**
 * A generator and how many answers it is writing, so that it is closed under none of them. Whoever writes one enters and
 * leaves. Thread-safe.
 */
public final class GeneratorInUse implements AutoCloseable {
    private final Generator generator;

    // guarded by this
    private int answers;
    private boolean isRetired;
    private boolean isClosed;

    GeneratorInUse(Generator generator) {
        this.generator = generator;
    }

    Generator generator() {
        return generator;
    }

    /** Whether another answer may begin. */
    synchronized boolean enter() {
        if (!isRetired) {
            answers++;
        }
        return !isRetired;
    }

    synchronized void leave() {
        answers--;
        notifyAll();
    }

    /** Lets no answer begin any more, waits for the end of those that have, and lets go of the model. */
    @Override
    public void close() {
        synchronized (this) {
            isRetired = true;
            boolean interrupted = false;
            while (answers > 0) {
                try {
                    wait();
                } catch (InterruptedException later) {
                    interrupted = true; // the model must not be freed under an answer
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            generator.close();
        } finally {
            synchronized (this) {
                isClosed = true;
            }
        }
    }

    /** Whether its model is gone. */
    synchronized boolean isClosed() {
        return isClosed;
    }
}
