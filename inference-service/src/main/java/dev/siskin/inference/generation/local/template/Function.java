package dev.siskin.inference.generation.local.template;

/** What a template can call. */
@FunctionalInterface
interface Function {
    Object call(Arguments arguments, Work work);
}
