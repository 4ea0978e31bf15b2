package dev.siskin.inference.citing;

import dev.siskin.inference.generation.SentenceEnds;
import dev.siskin.inference.packing.Passage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

    /** Shortest beginning that makes two words relatives, and the longest rest of either. */
    private static final int RELATIVE_PREFIX = 5;

    private static final int RELATIVE_REST = 4;

    /** @param pair whether it is two sentences */
    private record Piece(Stretch stretch, Wording says, boolean pair) {}

    /** @param rank what candidates are ordered by */
    private record Scored(Piece piece, double share, double rank) {}

    private record Clauses(Wording left, Wording right) {}

    private final SupportRule rule;
    private final List<Passage> texts;
    private final List<Piece> pieces;
    private final List<Wording> passages;
    private final Map<String, Integer> sentencesWith;
    private int sentences;

    SupportCheck(List<Passage> passages, SupportRule rule) {
        this.rule = rule;
        this.texts = passages;
        this.pieces = new ArrayList<>();
        this.passages = new ArrayList<>();
        this.sentencesWith = new HashMap<>();
        for (int i = 0; i < passages.size(); i++) {
            read(i, passages.get(i));
        }
    }

    private SupportCheck(SupportCheck read, SupportRule rule) {
        this.rule = rule;
        this.texts = read.texts;
        this.pieces = read.pieces;
        this.passages = read.passages;
        this.sentencesWith = read.sentencesWith;
        this.sentences = read.sentences;
    }

    /** The same passages under another rule. */
    SupportCheck with(SupportRule other) {
        return new SupportCheck(this, other);
    }

    private void read(int index, Passage passage) {
        Wording whole = Wording.of(Objects.requireNonNullElse(passage.hit().title(), "") + "\n"
                + Objects.requireNonNullElse(passage.hit().heading(), ""));
        Optional<Piece> before = Optional.empty();
        for (SentenceEnds.Span span : SentenceEnds.spans(passage.text())) {
            Wording says = Wording.of(passage.text().substring(span.start(), span.end()));
            says.words().forEach(word -> sentencesWith.merge(word, 1, Integer::sum));
            sentences++;
            whole = whole.and(says);
            var piece = new Piece(new Stretch(index, span.start(), span.end()), says, false);
            pieces.add(piece);
            before.ifPresent(last -> pieces.add(new Piece(
                    new Stretch(index, last.stretch().start(), span.end()),
                    last.says().and(says),
                    true)));
            before = Optional.of(piece);
        }
        passages.add(whole);
    }

    /**
     * The stretches that support the sentence together, the one for its first clause first; empty where none do.
     *
     * @param hinted passages that the sentence's own marks name
     */
    List<Stretch> support(String sentence, Set<Integer> hinted) {
        Wording claim = Wording.of(sentence);
        List<Clauses> clauses = clauses(sentence);
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
    private static List<Clauses> clauses(String sentence) {
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
                clauses.add(new Clauses(left, right));
            }
        }
        return clauses;
    }

    /** The stretch that carries most of the claim, where it carries enough and agrees. */
    private Optional<Scored> best(Wording claim, List<Clauses> clauses, Set<Integer> hinted) {
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
        if (enough.stream().map(Scored::piece).anyMatch(piece -> contradicts(claim, piece.says()))) {
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

    /** The share of the claim's weight that the pieces carry together. */
    private double share(Wording claim, Piece... among) {
        double all = 0;
        double carried = 0;
        double elsewhere = 0;
        for (String word : claim.words()) {
            double weight = weight(word);
            double credit = 0;
            boolean known = false;
            for (Piece piece : among) {
                credit = Math.max(credit, credit(word, piece.says().words()));
                known |= credit(word, passages.get(piece.stretch().passage()).words()) > 0;
            }
            boolean foreign = !known && sentencesWith.containsKey(word) && !CommonWords.isOne(word);
            all += foreign ? rule.foreign() * weight : weight;
            carried += credit * weight;
            elsewhere += known && credit == 0 ? weight : 0;
        }
        return (carried + Math.min(elsewhere, rule.elsewhere() * all)) / all;
    }

    private double weight(String word) {
        Integer known = sentencesWith.get(word);
        double weight =
                known == null ? rule.unknown() * Math.log(1.0 + sentences) : Math.log(1 + (double) sentences / known);
        return CommonWords.isOne(word) ? rule.common() * weight : weight;
    }

    private double credit(String word, Set<String> words) {
        return words.contains(word) ? 1 : hasRelative(word, words) ? rule.derived() : 0;
    }

    private static boolean hasRelative(String word, Set<String> words) {
        if (word.length() < RELATIVE_PREFIX) {
            return false;
        }
        for (String other : words) {
            int same = 0;
            int shorter = Math.min(word.length(), other.length());
            while (same < shorter && word.charAt(same) == other.charAt(same)) {
                same++;
            }
            if (same >= RELATIVE_PREFIX
                    && word.length() - same <= RELATIVE_REST
                    && other.length() - same <= RELATIVE_REST) {
                return true;
            }
        }
        return false;
    }

    private boolean agrees(Wording claim, Piece piece) {
        Wording said = piece.says();
        Wording passage = passages.get(piece.stretch().passage());
        String text = texts.get(piece.stretch().passage()).text();
        return said.numbers().containsAll(claim.numbers())
                && claim.options().stream().allMatch(option -> hasOption(option, said))
                && (said.code().isEmpty() || said.code().containsAll(claim.commands()))
                && claim.names().stream().allMatch(name -> credit(name, passage.words()) > 0)
                && claim.links().stream().allMatch(text::contains)
                && !isForeign(subject(claim), passage);
    }

    /** The first word that says something; what a sentence begins with is mostly what it is about. */
    private static Optional<String> subject(Wording claim) {
        return claim.words().stream().filter(word -> !CommonWords.isOne(word)).findFirst();
    }

    private boolean isForeign(Optional<String> word, Wording passage) {
        return word.isPresent() && sentencesWith.containsKey(word.get()) && credit(word.get(), passage.words()) == 0;
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
                || hasRelative(word, negated)
                || NEGATIVE_PREFIXES.stream().anyMatch(prefix -> words.contains(prefix + word));
    }
}
