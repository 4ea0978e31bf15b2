package dev.siskin.inference.generation.local.template;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and values, those of the scopes around it behind its own. One thread. */
final class Scope {
    private final @Nullable Scope outer;
    private final Map<String, Object> values;
    private final Work work;

    private Scope(@Nullable Scope outer, Map<String, Object> values, Work work) {
        this.outer = outer;
        this.values = values;
        this.work = work;
    }

    Scope(Map<String, Object> globals, Work work) {
        this(null, new HashMap<>(globals), work);
    }

    Scope inner() {
        return new Scope(this, new HashMap<>(), work);
    }

    Work work() {
        return work;
    }

    void set(String name, Object value) {
        values.put(name, value);
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Object value = scope.values.get(name);
            if (value != null) {
                return value;
            }
        }
        return new Undefined(name);
    }
}
