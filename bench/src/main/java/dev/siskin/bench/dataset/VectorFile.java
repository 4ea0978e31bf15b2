package dev.siskin.bench.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Vectors one after the other without a header: float32, little-endian, {@code [count][dimensions]}. Read in order of
 * the caller's liking, a vector at a time; for one thread.
 */
public final class VectorFile implements AutoCloseable {
    private final FileChannel channel;
    private final int dimensions;
    private final ByteBuffer buffer;

    private VectorFile(FileChannel channel, int dimensions) {
        this.channel = channel;
        this.dimensions = dimensions;
        this.buffer = ByteBuffer.allocateDirect(dimensions * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static VectorFile open(Path file, int dimensions) throws IOException {
        return new VectorFile(FileChannel.open(file, StandardOpenOption.READ), dimensions);
    }

    /** Opens a file to go on behind its last whole vector; makes it where there is none. */
    static VectorFile append(Path file, int dimensions) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        var vectors = new VectorFile(channel, dimensions);
        long whole = vectors.count() * dimensions * Float.BYTES;
        channel.truncate(whole).position(whole);
        return vectors;
    }

    /** Whole vectors in the file. */
    public long count() throws IOException {
        return channel.size() / ((long) dimensions * Float.BYTES);
    }

    public int dimensions() {
        return dimensions;
    }

    /** The vector of this number, from 0. */
    public float[] read(long number) throws IOException {
        long offset = number * dimensions * Float.BYTES;
        buffer.clear();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException("there is no vector %d: the file holds %d".formatted(number, count()));
            }
        }
        float[] vector = new float[dimensions];
        buffer.flip().asFloatBuffer().get(vector);
        return vector;
    }

    /** All of them, {@code [count][dimensions]}: for files that fit in memory. */
    public float[][] readAll() throws IOException {
        float[][] vectors = new float[Math.toIntExact(count())][];
        for (int number = 0; number < vectors.length; number++) {
            vectors[number] = read(number);
        }
        return vectors;
    }

    void add(float[] vector) throws IOException {
        buffer.clear();
        buffer.asFloatBuffer().put(vector);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
