package dev.siskin.inference.citing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a text says, as far as words tell.
 *
 * @param words    stems of its content words, and its numbers in one notation, in order where it is one sentence
 * @param numbers  its numbers as digits; those from number words are in {@code words} alone below three
 * @param names    stems of words that are capitalised inside a sentence, or mix letters with digits or capitals
 * @param options  command-line options, case kept
 * @param links    web addresses
 * @param commands first words of code spans of several words, as written
 * @param code     all words of code spans, as written
 * @param negated  for each negation the content words behind it, three at most, the nearest first
 * @param affirmed content words that are not the nearest behind a negation
 */
record Wording(
        Set<String> words,
        Set<String> numbers,
        Set<String> names,
        Set<String> options,
        Set<String> links,
        Set<String> commands,
        Set<String> code,
        List<List<String>> negated,
        Set<String> affirmed) {

    /** Reads a sentence. */
    static Wording of(String text) {
        return of(text, true);
    }

    /** @param begins whether the first word begins a sentence, so that a capital tells nothing */
    static Wording of(String text, boolean begins) {
        return new WordingReader(text, begins).read();
    }

    /** What both say. */
    Wording and(Wording other) {
        List<List<String>> scopes = new ArrayList<>(negated);
        scopes.addAll(other.negated);
        return new Wording(
                union(words, other.words),
                union(numbers, other.numbers),
                union(names, other.names),
                union(options, other.options),
                union(links, other.links),
                union(commands, other.commands),
                union(code, other.code),
                scopes,
                union(affirmed, other.affirmed));
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> union = new HashSet<>(some);
        union.addAll(others);
        return union;
    }
}
