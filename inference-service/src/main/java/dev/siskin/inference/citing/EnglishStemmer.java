package dev.siskin.inference.citing;

import java.util.Map;

/**
 * Brings the inflected forms of an English word together: plurals, -ed, -ing, -ly, and the commonest irregular verbs.
 * Derived words (invade, invasion) stay apart. What it returns need not be a word.
 */
final class EnglishStemmer {
    private static final Map<String, String> IRREGULAR = Map.ofEntries(
            Map.entry("became", "becom"),
            Map.entry("began", "begin"),
            Map.entry("begun", "begin"),
            Map.entry("born", "birth"),
            Map.entry("bought", "buy"),
            Map.entry("brought", "bring"),
            Map.entry("built", "build"),
            Map.entry("chose", "choos"),
            Map.entry("chosen", "choos"),
            Map.entry("came", "com"),
            Map.entry("children", "child"),
            Map.entry("drawn", "draw"),
            Map.entry("drew", "draw"),
            Map.entry("fallen", "fall"),
            Map.entry("fell", "fall"),
            Map.entry("feet", "foot"),
            Map.entry("fled", "flee"),
            Map.entry("fought", "fight"),
            Map.entry("gave", "giv"),
            Map.entry("given", "giv"),
            Map.entry("grew", "grow"),
            Map.entry("grown", "grow"),
            Map.entry("held", "hold"),
            Map.entry("kept", "keep"),
            Map.entry("knew", "know"),
            Map.entry("known", "know"),
            Map.entry("laid", "lay"),
            Map.entry("led", "lead"),
            Map.entry("lost", "los"),
            Map.entry("made", "mak"),
            Map.entry("men", "man"),
            Map.entry("met", "meet"),
            Map.entry("mice", "mous"),
            Map.entry("paid", "pay"),
            Map.entry("ran", "run"),
            Map.entry("risen", "ris"),
            Map.entry("rose", "ris"),
            Map.entry("said", "say"),
            Map.entry("sent", "send"),
            Map.entry("shown", "show"),
            Map.entry("sold", "sell"),
            Map.entry("sought", "seek"),
            Map.entry("spoke", "speak"),
            Map.entry("spoken", "speak"),
            Map.entry("spread", "spread"),
            Map.entry("taken", "tak"),
            Map.entry("took", "tak"),
            Map.entry("taught", "teach"),
            Map.entry("thought", "think"),
            Map.entry("told", "tell"),
            Map.entry("used", "use"),
            Map.entry("using", "use"),
            Map.entry("went", "go"),
            Map.entry("women", "woman"),
            Map.entry("won", "win"),
            Map.entry("written", "writ"),
            Map.entry("wrote", "writ"));

    private EnglishStemmer() {}

    /** @param word in lower case */
    static String stem(String word) {
        String irregular = IRREGULAR.get(word);
        if (irregular != null) {
            return irregular;
        }
        if (word.length() < 4 || !isAscii(word)) {
            return word;
        }
        String singular = singular(word);
        String base = base(singular);
        String plain = base.length() > 5 && base.endsWith("ly") ? base.substring(0, base.length() - 2) : base;
        if (plain.length() > 3 && last(plain) == 'e') {
            plain = plain.substring(0, plain.length() - 1);
        }
        return plain.length() > 2 && last(plain) == 'y' ? plain.substring(0, plain.length() - 1) + "i" : plain;
    }

    private static boolean isAscii(String word) {
        for (int at = 0; at < word.length(); at++) {
            if (word.charAt(at) < 'a' || word.charAt(at) > 'z') {
                return false;
            }
        }
        return true;
    }

    private static char last(String word) {
        return word.charAt(word.length() - 1);
    }

    private static boolean hasVowel(String word) {
        for (int at = 0; at < word.length(); at++) {
            if ("aeiouy".indexOf(word.charAt(at)) >= 0) {
                return true;
            }
        }
        return false;
    }

    private static String singular(String word) {
        if (last(word) != 's' || word.endsWith("ss") || word.endsWith("us") || word.endsWith("is")) {
            return word;
        }
        if (word.endsWith("ies") && word.length() > 4) {
            return word.substring(0, word.length() - 3) + "y";
        }
        boolean sibilant =
                word.endsWith("sses") || word.endsWith("xes") || word.endsWith("ches") || word.endsWith("shes");
        return word.substring(0, word.length() - (sibilant ? 2 : 1));
    }

    private static String base(String word) {
        String cut;
        if (last(word) != 'd' && last(word) != 'g') {
            return word;
        } else if (word.endsWith("ied") && word.length() > 4) {
            return word.substring(0, word.length() - 3) + "y";
        } else if (word.endsWith("ing")) {
            cut = word.substring(0, word.length() - 3);
        } else if (word.endsWith("ed") && !word.endsWith("eed")) {
            cut = word.substring(0, word.length() - 2);
        } else {
            return word;
        }
        if (cut.length() < 3 || !hasVowel(cut)) {
            return word;
        }
        char last = last(cut);
        boolean doubled = last == cut.charAt(cut.length() - 2) && "aeioulsz".indexOf(last) < 0;
        return doubled ? cut.substring(0, cut.length() - 1) : cut;
    }
}
