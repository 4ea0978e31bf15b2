package dev.siskin.api;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;

/** Vectors on the wire: an array of numbers, or base64 of little-endian float32. */
final class VectorJson {
    private VectorJson() {}

    static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    static final class Writer extends StdSerializer<float[]> {
        Writer() {
            super(float[].class);
        }

        @Override
        public void serialize(float[] vector, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(base64(vector));
        }
    }

    static final class Reader extends StdDeserializer<float[]> {
        Reader() {
            super(float[].class);
        }

        @Override
        public float[] deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                return fromBase64(json);
            }
            if (json.currentToken() != JsonToken.START_ARRAY) {
                throw JsonMappingException.from(
                        json, "", new IllegalArgumentException("must be an array of numbers or base64 of float32"));
            }
            float[] vector = new float[64];
            int size = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (!json.currentToken().isNumeric()) {
                    throw JsonMappingException.from(json, "", new IllegalArgumentException("must hold numbers only"));
                }
                if (size == vector.length) {
                    vector = Arrays.copyOf(vector, size * 2);
                }
                vector[size++] = json.getFloatValue();
            }
            return Arrays.copyOf(vector, size);
        }

        private static float[] fromBase64(JsonParser json) throws IOException {
            byte[] bytes;
            try {
                bytes = Base64.getDecoder().decode(json.getText());
            } catch (IllegalArgumentException notBase64) {
                throw JsonMappingException.from(json, "", new IllegalArgumentException("is not valid base64"));
            }
            if (bytes.length % Float.BYTES != 0) {
                throw JsonMappingException.from(
                        json,
                        "",
                        new IllegalArgumentException(
                                "base64 holds " + bytes.length + " bytes, not whole float32 values"));
            }
            float[] vector = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(vector);
            return vector;
        }
    }
}
