package dev.siskin.inference.citing;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** English words that carry little by themselves and that writers swap freely; compared by their stems. */
final class CommonWords {
    private static final Set<String> STEMS = Arrays.stream("""
            able according add allow appear available base based become begin belong bring call carry cause change
            come common consider consist contain continue create describe different do due enable end establish
            example exist explain feature find follow form found general get give go good great have help high hold
            important include indicate instead involve keep kind know large later lead leave let lie list long look
            main make mean name need new note number occur offer option part particular pass people perform place
            play point possible produce provide put reach really receive recent refer regard related remain require
            result run say see seem serve set show side similar simply small specific specify start state stay
            support suggest take tell thing time total try turn type use used various want way whole wide work write
            """.strip().split("\\s+", -1))
            .map(EnglishStemmer::stem)
            .collect(Collectors.toUnmodifiableSet());

    private CommonWords() {}

    static boolean isOne(String stem) {
        return STEMS.contains(stem);
    }
}
