package dev.siskin.inference.generation.local.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a call is given. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    boolean has(int index, String name) {
        return index < positional.size() || named.containsKey(name);
    }

    /** An argument that must be there. */
    Object at(int index, String name) {
        if (!has(index, name)) {
            throw new TemplateException("argument \"%s\" is missing".formatted(name));
        }
        return at(index, name, None.NONE);
    }

    Object at(int index, String name, Object otherwise) {
        return index < positional.size() ? positional.get(index) : named.getOrDefault(name, otherwise);
    }

    /** A text; the other one for {@code none} too. */
    String text(int index, String name, String otherwise) {
        Object value = at(index, name, otherwise);
        return value == None.NONE ? otherwise : Values.string(value);
    }

    int number(int index, String name, int otherwise) {
        Object value = at(index, name, (long) otherwise);
        return value == None.NONE ? otherwise : Values.index(value);
    }

    boolean flag(int index, String name, boolean otherwise) {
        return Values.isTrue(at(index, name, otherwise));
    }

    /** Without the first ones by position. */
    Arguments from(int index) {
        List<Object> rest = positional.subList(Math.min(index, positional.size()), positional.size());
        return new Arguments(new ArrayList<>(rest), named);
    }
}
