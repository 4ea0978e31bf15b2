/** Measures the running services over HTTP: ranking, answers, abstention, latency. */
@NullMarked
package dev.siskin.bench;

import org.jspecify.annotations.NullMarked;
