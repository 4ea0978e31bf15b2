package dev.siskin.retrieval.collection;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The generation of a collection, known without opening it, and waited for. */
final class GenerationClock {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();
    private volatile long now;

    GenerationClock(long now) {
        this.now = now;
    }

    long now() {
        return now;
    }

    /** Goes on to this one, unless it is there already. */
    void advance(long next) {
        lock.lock();
        try {
            now = Math.max(now, next);
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean await(long wanted, Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (now < wanted && left > 0) {
                left = advanced.awaitNanos(left);
            }
            return now >= wanted;
        } finally {
            lock.unlock();
        }
    }
}
