package dev.siskin.inference.citing;

import dev.siskin.inference.citing.WordPlaces.Found;
import dev.siskin.inference.generation.SentenceEnds;
import dev.siskin.inference.packing.Passage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether passages support a sentence, by its words: this tier has no embedding model.
 *
 * <h2>Share</h2>
 *
 * A stretch, one sentence of a passage or two neighbouring ones, carries a share of the sentence's content words.
 * Words weigh by their rarity among the sentences of this answer's passages: ln(1 + n / df). A word that stands
 * elsewhere in the same passage counts in part, because passages name their subject once and then say "it". A word
 * that no passage has weighs less than one that only other passages have: the first may be a synonym, the second is
 * the trace of two things mixed up.
 *
 * <h2>Agreement</h2>
 *
 * Whatever the share: numbers and command-line options must stand in what is cited; names and web addresses in the
 * passages that are cited; what is negated here must be negated there, and the other way round; and a word must not
 * stand against its opposite.
 *
 * <h2>Two stretches</h2>
 *
 * Where no stretch alone suffices, or a second one adds much, two are tried together.
 */
final class SupportCheck {
    /** What a mark written by the model is worth between stretches that support alike. */
    private static final double HINT = 0.02;

    /** Content words that each of two clauses has at least. */
    private static final int CLAUSE_WORDS = 3;

    private static final Pattern JOINT = Pattern.compile("[,;:]\\s+(?:and|but|while|whereas|which|where|then|so|or)\\s"
            + "|[,;:]\\s+|\\s(?:and|but|while|whereas|then|which|where)\\s");

    private static final Set<String> NEGATIVE_PREFIXES = Set.of("un", "in", "im", "ir", "non", "dis");

    /**
     * A stretch that may support a claim.
     *
     * @param sentence its first one
     * @param pair     whether the next one is in it too
     */
    private record Piece(Stretch stretch, int sentence, boolean pair) {}

    /** @param rank what candidates are ordered by */
    private record Scored(Piece piece, double share, double rank) {}

    /** A word of a claim, with where the passages have it. */
    private record Word(double weight, boolean common, Found found) {}

    /** A claim, or a clause of one. */
    private record Weighed(Wording says, Map<String, Word> words) {}

    private record Clauses(Weighed left, Weighed right) {}

    private final SupportRule rule;
    private final List<Passage> texts;
    private final List<Piece> pieces;
    private final List<Wording> sentences;
    private final WordPlaces places;

    SupportCheck(List<Passage> passages, SupportRule rule) {
        this.rule = rule;
        this.texts = passages;
        this.pieces = new ArrayList<>();
        this.sentences = new ArrayList<>();
        this.places = new WordPlaces();
        for (int i = 0; i < passages.size(); i++) {
            read(i, passages.get(i));
        }
    }

    private SupportCheck(SupportCheck read, SupportRule rule) {
        this.rule = rule;
        this.texts = read.texts;
        this.pieces = read.pieces;
        this.sentences = read.sentences;
        this.places = read.places;
    }

    /** The same passages under another rule. */
    SupportCheck with(SupportRule other) {
        return new SupportCheck(this, other);
    }

    private void read(int index, Passage passage) {
        String head = Objects.requireNonNullElse(passage.hit().title(), "") + "\n"
                + Objects.requireNonNullElse(passage.hit().heading(), "");
        places.addPassage(Wording.of(head).words());
        Optional<Piece> before = Optional.empty();
        for (SentenceEnds.Span span : SentenceEnds.spans(passage.text())) {
            Wording says = Wording.of(passage.text().substring(span.start(), span.end()));
            var piece = new Piece(new Stretch(index, span.start(), span.end()), sentences.size(), false);
            sentences.add(says);
            places.addSentence(says.words());
            pieces.add(piece);
            before.ifPresent(last -> pieces.add(
                    new Piece(new Stretch(index, last.stretch().start(), span.end()), last.sentence(), true)));
            before = Optional.of(piece);
        }
    }

    private Wording says(Piece piece) {
        Wording first = sentences.get(piece.sentence());
        return piece.pair() ? first.and(sentences.get(piece.sentence() + 1)) : first;
    }

    /** @param known words that were weighed before */
    private Weighed weigh(Wording says, Map<String, Word> known) {
        Map<String, Word> words = LinkedHashMap.newLinkedHashMap(says.words().size());
        for (String word : says.words()) {
            Word before = known.get(word);
            words.put(word, before == null ? weigh(word) : before);
        }
        return new Weighed(says, words);
    }

    private Word weigh(String word) {
        Found found = places.find(word);
        double count = places.sentences();
        double weight = found.sentencesWith() == 0
                ? rule.unknown() * Math.log(1 + count)
                : Math.log(1 + count / found.sentencesWith());
        boolean common = CommonWords.isOne(word);
        return new Word(common ? rule.common() * weight : weight, common, found);
    }

    /**
     * The stretches that support the sentence together, the one for its first clause first; empty where none do.
     *
     * @param hinted passages that the sentence's own marks name
     */
    List<Stretch> support(String sentence, Set<Integer> hinted) {
        Weighed claim = weigh(Wording.of(sentence), Map.of());
        List<Clauses> clauses = clauses(sentence, claim.words());
        Optional<Scored> one = best(claim, clauses, hinted);
        double share = one.map(Scored::share).orElse(0.0);
        List<Stretch> support =
                one.map(found -> List.of(found.piece().stretch())).orElse(List.of());
        for (Clauses split : clauses) {
            Optional<Scored> left = best(split.left(), List.of(), hinted);
            Optional<Scored> right = left.flatMap(found -> best(split.right(), List.of(), hinted));
            if (left.isPresent() && right.isPresent()) {
                Piece first = left.get().piece();
                Piece second = right.get().piece();
                double both = share(claim, first, second);
                if (!first.equals(second) && both >= share + rule.second()) {
                    share = both;
                    support = List.of(first.stretch(), second.stretch());
                }
            }
        }
        return support;
    }

    /** The sentence cut in two where it can be, each part with something to say. */
    private List<Clauses> clauses(String sentence, Map<String, Word> words) {
        List<Clauses> clauses = new ArrayList<>();
        Matcher joint = JOINT.matcher(sentence);
        while (joint.find()) {
            boolean code = sentence.substring(0, joint.start())
                                    .chars()
                                    .filter(c -> c == '`')
                                    .count()
                            % 2
                    == 1;
            Wording left = Wording.of(sentence.substring(0, joint.start()));
            Wording right = Wording.of(sentence.substring(joint.end()), false);
            if (!code && left.words().size() >= CLAUSE_WORDS && right.words().size() >= CLAUSE_WORDS) {
                clauses.add(new Clauses(weigh(left, words), weigh(right, words)));
            }
        }
        return clauses;
    }

    /** The stretch that carries most of the claim, where it carries enough and agrees. */
    private Optional<Scored> best(Weighed claim, List<Clauses> clauses, Set<Integer> hinted) {
        if (claim.words().isEmpty()) {
            return Optional.empty();
        }
        List<Scored> enough = new ArrayList<>();
        for (Piece piece : pieces) {
            double share = share(claim, piece);
            if (share >= rule.minimum()) {
                double hint = hinted.contains(piece.stretch().passage()) ? HINT : 0;
                enough.add(new Scored(piece, share, share + hint - (piece.pair() ? rule.pair() : 0)));
            }
        }
        if (enough.stream().map(Scored::piece).anyMatch(piece -> contradicts(claim.says(), says(piece)))) {
            return Optional.empty();
        }
        enough.sort((a, b) -> Double.compare(b.rank(), a.rank()));
        for (Scored candidate : enough) {
            Piece piece = candidate.piece();
            boolean whole = clauses.stream()
                    .allMatch(split -> share(split.left(), piece) >= rule.clause()
                            && share(split.right(), piece) >= rule.clause());
            if (whole && agrees(claim, piece)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private double share(Weighed claim, Piece piece) {
        return share(claim, piece, piece);
    }

    /** The share of the claim's weight that two pieces carry together. */
    private double share(Weighed claim, Piece one, Piece other) {
        double all = 0;
        double carried = 0;
        double elsewhere = 0;
        for (Word word : claim.words().values()) {
            double credit = Math.max(credit(word, one), credit(word, other));
            boolean known = credit(word, one.stretch().passage()) > 0
                    || credit(word, other.stretch().passage()) > 0;
            boolean foreign = !known && word.found().sentencesWith() > 0 && !word.common();
            all += foreign ? rule.foreign() * word.weight() : word.weight();
            carried += credit * word.weight();
            elsewhere += known && credit == 0 ? word.weight() : 0;
        }
        return (carried + Math.min(elsewhere, rule.elsewhere() * all)) / all;
    }

    private double credit(Word word, Piece piece) {
        double first = credit(word.found().inSentence(piece.sentence()));
        return piece.pair() ? Math.max(first, credit(word.found().inSentence(piece.sentence() + 1))) : first;
    }

    private double credit(Word word, int passage) {
        return credit(word.found().inPassage(passage));
    }

    private double credit(WordPlaces.Match match) {
        return switch (match) {
            case NONE -> 0;
            case RELATIVE -> rule.derived();
            case SAME -> 1;
        };
    }

    private boolean agrees(Weighed weighed, Piece piece) {
        Wording claim = weighed.says();
        Wording said = says(piece);
        int passage = piece.stretch().passage();
        String text = texts.get(passage).text();
        return said.numbers().containsAll(claim.numbers())
                && claim.options().stream().allMatch(option -> hasOption(option, said))
                && (said.code().isEmpty() || said.code().containsAll(claim.commands()))
                && claim.names().stream()
                        .allMatch(name -> credit(places.find(name).inPassage(passage)) > 0)
                && claim.links().stream().allMatch(text::contains)
                && !isForeign(subject(weighed), passage);
    }

    /** The first word that says something; what a sentence begins with is mostly what it is about. */
    private static Optional<Word> subject(Weighed claim) {
        return claim.words().values().stream().filter(word -> !word.common()).findFirst();
    }

    private boolean isForeign(Optional<Word> word, int passage) {
        return word.isPresent() && word.get().found().sentencesWith() > 0 && credit(word.get(), passage) == 0;
    }

    private static boolean hasOption(String option, Wording said) {
        return said.options().contains(option) || said.words().contains(option.substring(1));
    }

    private static boolean contradicts(Wording claim, Wording said) {
        return Opposites.clash(claim.words(), said.words()) || !sameNegation(claim, said);
    }

    private static boolean sameNegation(Wording claim, Wording said) {
        Set<String> saidNegated = new HashSet<>();
        said.negated().forEach(saidNegated::addAll);
        Set<String> claimNegated = new HashSet<>();
        for (List<String> scope : claim.negated()) {
            claimNegated.addAll(scope);
            boolean there = scope.isEmpty()
                    ? !said.negated().isEmpty()
                    : scope.stream().anyMatch(word -> isNegated(word, saidNegated, said.words()));
            if (!there) {
                return false;
            }
        }
        return said.negated().stream()
                .flatMap(scope -> scope.stream().limit(1))
                .noneMatch(nearest -> claim.words().contains(nearest)
                        && !claimNegated.contains(nearest)
                        && !said.affirmed().contains(nearest));
    }

    private static boolean isNegated(String word, Set<String> negated, Set<String> words) {
        return negated.contains(word)
                || negated.stream().anyMatch(other -> WordPlaces.areRelatives(word, other))
                || NEGATIVE_PREFIXES.stream().anyMatch(prefix -> words.contains(prefix + word));
    }
}
