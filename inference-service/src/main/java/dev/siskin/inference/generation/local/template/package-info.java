/**
 * A small interpreter of Jinja, as far as chat templates of language models use it: {@link
 * dev.siskin.inference.generation.local.template.Template} is its face. Texts come out as from Python's jinja2 in the
 * environment that transformers sets up (sandbox, {@code trim_blocks}, {@code lstrip_blocks}). Templates come out of
 * downloaded folders: they reach strings, numbers, lists and maps, no class, no file and no method that is not named
 * here, and their work is counted. See docs/internals/0015-chat-templates.md.
 */
@NullMarked
package dev.siskin.inference.generation.local.template;

import org.jspecify.annotations.NullMarked;
