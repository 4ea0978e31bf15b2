package dev.siskin.models;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes {@code fused.onnx} into model directories, beside their {@code model.onnx}, whose weights it uses. Does nothing
 * where it is there already, made of the same file.
 */
public final class FuseModel {
    private static final String MODEL = "model.onnx";
    private static final String FUSED = "fused.onnx";

    private FuseModel() {}

    /**
     * Called by the build.
     *
     * @param args of each model its directory and its pooling, {@code cls} or {@code mean}
     */
    public static void main(String[] args) throws IOException {
        for (int i = 0; i + 1 < args.length; i += 2) {
            try {
                fuse(Path.of(args[i]), args[i + 1]);
            } catch (UnsuitableGraphException unsuitable) {
                // The plain graph serves as well, only slower.
                System.err.println(args[i] + " keeps its graph: " + unsuitable.getMessage());
            }
        }
    }

    private static void fuse(Path directory, String pooling) throws IOException, UnsuitableGraphException {
        byte[] source = Files.readAllBytes(directory.resolve(MODEL));
        String sha256 = sha256(source);
        Path fused = directory.resolve(FUSED);
        if (Files.exists(fused) && isOf(sha256, pooling, ModelProto.parseFrom(Files.readAllBytes(fused)))) {
            return;
        }
        Path unfinished = directory.resolve(FUSED + ".part");
        Files.write(unfinished, FusedGraph.of(source, MODEL, sha256, pooling).toByteArray());
        Files.move(unfinished, fused, StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isOf(String sha256, String pooling, ModelProto fused) {
        Map<String, String> metadata = fused.getMetadataPropsList().stream()
                .collect(Collectors.toMap(StringStringEntryProto::getKey, StringStringEntryProto::getValue));
        return sha256.equals(metadata.get(FusedGraph.SOURCE_SHA256))
                && pooling.equals(metadata.get(FusedGraph.POOLING))
                && FusedGraph.VERSION.equals(metadata.get(FusedGraph.VERSION_KEY));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
