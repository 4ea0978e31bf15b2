package dev.siskin.runtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@code tokenizer.json} lists under {@code added_tokens}: the tokens that are looked for in a text before its
 * vocabulary is, marks of messages and ends among them.
 *
 * @param tokens in the file's order
 */
public record AddedTokens(List<Token> tokens) {
    private static final JsonFactory JSON = new JsonFactory();

    public AddedTokens {
        tokens = List.copyOf(tokens);
    }

    /**
     * One of them.
     *
     * @param text as it is written, never empty
     * @param special whether it carries no text of an answer; {@code <think>} and the like often do not say so
     */
    public record Token(int id, String text, boolean special) {}

    /**
     * Reads the list and nothing else of the file, which may have tens of megabytes.
     *
     * @throws ModelDirectoryException if the file cannot be read or is not a tokenizer's
     */
    public static AddedTokens read(Path tokenizerFile) {
        try (JsonParser json = JSON.createParser(tokenizerFile.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new ModelDirectoryException(tokenizerFile + " is not a tokenizer: it holds no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = json.currentName().equals("added_tokens");
                if (json.nextToken() == JsonToken.START_ARRAY && found) {
                    return new AddedTokens(list(json));
                }
                json.skipChildren();
            }
            return new AddedTokens(List.of());
        } catch (IOException e) {
            String fault = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new ModelDirectoryException("%s cannot be read: %s".formatted(tokenizerFile, fault), e);
        }
    }

    private static List<Token> list(JsonParser json) throws IOException {
        List<Token> tokens = new ArrayList<>();
        while (json.nextToken() == JsonToken.START_OBJECT) {
            Token token = token(json);
            if (!token.text().isEmpty()) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    private static Token token(JsonParser json) throws IOException {
        int id = 0;
        String text = "";
        boolean special = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "id" -> id = json.getIntValue();
                case "content" -> text = json.getText();
                case "special" -> special = json.getBooleanValue();
                default -> json.skipChildren();
            }
        }
        return new Token(id, text, special);
    }
}
