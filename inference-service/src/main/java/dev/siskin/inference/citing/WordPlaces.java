package dev.siskin.inference.citing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where words stand in the passages of an answer: in which sentences, and in which heads (title and heading). An inverted
 * index, so that a word of a claim is compared with each different word of the passages once.
 */
final class WordPlaces {
    /** Shortest beginning that makes two words relatives, and the longest rest of either. */
    private static final int RELATIVE_PREFIX = 5;

    private static final int RELATIVE_REST = 4;

    /** How well a word is found in a text. */
    enum Match {
        NONE,
        /** A relative stands there: invasion for invade. */
        RELATIVE,
        SAME;

        private static Match better(Match one, Match other) {
            return one.compareTo(other) > 0 ? one : other;
        }
    }

    /** The sentences and heads with one word, ascending. */
    private static final class Places {
        private int[] parts = new int[4];
        private int count;
        private int sentences;

        void add(int part, boolean sentence) {
            if (count == parts.length) {
                parts = Arrays.copyOf(parts, 2 * count);
            }
            parts[count++] = part;
            sentences += sentence ? 1 : 0;
        }
    }

    /** Where one word of a claim stands. */
    static final class Found {
        private final int sentencesWith;
        private final Match[] inSentence;
        private final Match[] inPassage;

        private Found(int sentencesWith, int sentences, int passages) {
            this.sentencesWith = sentencesWith;
            this.inSentence = new Match[sentences];
            this.inPassage = new Match[passages];
            Arrays.fill(inSentence, Match.NONE);
            Arrays.fill(inPassage, Match.NONE);
        }

        /** How many sentences have the word itself. */
        int sentencesWith() {
            return sentencesWith;
        }

        Match inSentence(int sentence) {
            return inSentence[sentence];
        }

        /** In any sentence of a passage, or in its head. */
        Match inPassage(int passage) {
            return inPassage[passage];
        }
    }

    private final Map<String, Places> places = new HashMap<>();

    /** The passage of each sentence. */
    private final List<Integer> passageOf = new ArrayList<>();

    private int passages;

    /** Begins the next passage. */
    void addPassage(Set<String> head) {
        int passage = passages++;
        // heads are counted down from -1, sentences up from 0
        head.forEach(word -> at(word).add(-1 - passage, false));
    }

    /** The next sentence of the passage that was begun last. */
    void addSentence(Set<String> words) {
        int sentence = passageOf.size();
        passageOf.add(passages - 1);
        words.forEach(word -> at(word).add(sentence, true));
    }

    int sentences() {
        return passageOf.size();
    }

    private Places at(String word) {
        return places.computeIfAbsent(word, _ -> new Places());
    }

    Found find(String word) {
        Places same = places.get(word);
        var found = new Found(same == null ? 0 : same.sentences, sentences(), passages);
        if (same != null) {
            note(same, Match.SAME, found);
        }
        if (word.length() >= RELATIVE_PREFIX) {
            places.forEach((other, there) -> {
                if (areRelatives(word, other)) {
                    note(there, Match.RELATIVE, found);
                }
            });
        }
        return found;
    }

    private void note(Places there, Match match, Found found) {
        for (int i = 0; i < there.count; i++) {
            int part = there.parts[i];
            int passage = part < 0 ? -1 - part : passageOf.get(part);
            found.inPassage[passage] = Match.better(found.inPassage[passage], match);
            if (part >= 0) {
                found.inSentence[part] = Match.better(found.inSentence[part], match);
            }
        }
    }

    /** Whether two words begin alike and differ in their ends alone. */
    static boolean areRelatives(String word, String other) {
        int shorter = Math.min(word.length(), other.length());
        if (shorter < RELATIVE_PREFIX || word.charAt(0) != other.charAt(0)) {
            return false;
        }
        int same = 1;
        while (same < shorter && word.charAt(same) == other.charAt(same)) {
            same++;
        }
        return same >= RELATIVE_PREFIX
                && word.length() - same <= RELATIVE_REST
                && other.length() - same <= RELATIVE_REST;
    }
}
