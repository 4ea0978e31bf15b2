package dev.siskin.inference.citing;

/**
 * The constants of {@link SupportCheck}.
 *
 * <p>Those of {@link #DEFAULT} were chosen on 112 of 200 sentences labelled by hand (56 of them supported, passages of
 * SQuAD, SciFact and tldr) by F0.5, precision counting twice. The best score lies on a plateau (minimum .6 to .75,
 * clause .3 to .5, elsewhere .1 to .3, unknown .7 to .9, common .3 to .8, foreign 2): they are in its middle. Second,
 * derived and pair were set, not fitted.
 *
 * @param minimum   share of a sentence's weight that a stretch must carry
 * @param clause    share that a stretch must carry of each clause of a sentence
 * @param second    share of the sentence that a second stretch must add to be cited too
 * @param elsewhere share that words may carry which stand in the passage, its title or heading, not in the stretch
 * @param unknown   weight, as a share of the rarest word's, of a word that no passage has
 * @param foreign   factor on the weight of a word that other passages have and this one lacks
 * @param common    factor on the weight of a common word
 * @param derived   credit of a word that has a relative (invade, invasion) in the stretch
 * @param pair      share that a neighbouring sentence must add to be quoted too
 */
record SupportRule(
        double minimum,
        double clause,
        double second,
        double elsewhere,
        double unknown,
        double foreign,
        double common,
        double derived,
        double pair) {
    static final SupportRule DEFAULT = new SupportRule(0.65, 0.4, 0.15, 0.2, 0.8, 2, 0.5, 0.8, 0.1);
}
