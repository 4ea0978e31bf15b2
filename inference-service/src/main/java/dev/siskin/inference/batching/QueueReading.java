package dev.siskin.inference.batching;

/**
 * What waits in a queue now, and what came of all jobs since it was made.
 *
 * @param depth jobs that wait
 * @param tokens of the jobs that wait
 * @param bytes of the jobs that wait
 * @param accepted jobs that were let in
 * @param refused jobs that were not, for want of room
 * @param pushedOut jobs that were let in and had to leave for those of a tenant that held less
 * @param taken jobs that a worker has taken
 * @param batches in which they were taken, so that {@code taken / batches} is the mean batch
 * @param cancelled jobs that were cancelled while they waited
 * @param late jobs whose deadline passed while they waited
 * @param waitedNanos that the jobs taken have waited together
 */
public record QueueReading(
        int depth,
        long tokens,
        long bytes,
        long accepted,
        long refused,
        long pushedOut,
        long taken,
        long batches,
        long cancelled,
        long late,
        long waitedNanos) {}
