package dev.siskin.inference.generation.local.template;

/** What a name or key that is not there gives: empty and false, and an error where it is used as more. */
record Undefined(String name) {
    TemplateException fault() {
        return new TemplateException("\"%s\" is undefined".formatted(name));
    }
}
