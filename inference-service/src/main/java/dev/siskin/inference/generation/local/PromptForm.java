package dev.siskin.inference.generation.local;

import dev.siskin.inference.generation.RagPrompt;
import dev.siskin.inference.generation.local.ChatTemplate.Message;
import dev.siskin.inference.packing.Passage;
import java.util.List;

/** How question and passages become the turns of a chat. No token of what strangers wrote is a mark. Thread-safe. */
interface PromptForm {
    /** Changes with everything that changes the turns of the same question and passages. */
    String version();

    /** Whether the form has room for so many passages, whatever their tokens. */
    default boolean holds(List<Passage> passages) {
        return true;
    }

    /** What the first turn, of the system, says in every prompt; empty where nothing is always there. */
    default String constantTurn() {
        return "";
    }

    /** The turns, passages numbered from 1. */
    List<Message> messages(String question, List<Passage> passages);

    /** That of models which follow instructions: the same rules and delimiters as remote models get. */
    static PromptForm rules(SpecialTokens specialTokens) {
        var prompts = new RagPrompt();
        return new PromptForm() {
            @Override
            public String version() {
                return RagPrompt.VERSION;
            }

            @Override
            public String constantTurn() {
                return prompts.of("", List.of()).system();
            }

            @Override
            public List<Message> messages(String question, List<Passage> passages) {
                RagPrompt.Messages messages = prompts.of(question, passages);
                return List.of(
                        Message.system(messages.system()), Message.user(specialTokens.harmless(messages.user())));
            }
        };
    }
}
