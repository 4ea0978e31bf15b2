/**
 * The commands behind {@code ./siskin}, one class each. {@link dev.siskin.cli.Siskin} puts them together;
 * they speak HTTP to the services and start and stop them as processes, and hold no more logic than that.
 */
@NullMarked
package dev.siskin.cli;

import org.jspecify.annotations.NullMarked;
