/**
 * One admission queue for each generation tier, and two ways to drain it: {@link
 * dev.siskin.inference.batching.WindowDrain} for models that take a batch in one shot, {@link
 * dev.siskin.inference.batching.SlotDrain} for remote endpoints. A decoder drains the queue itself: {@link
 * dev.siskin.inference.batching.AdmissionQueue#take()} while it is idle, {@link
 * dev.siskin.inference.batching.AdmissionQueue#poll} for each free slot at the border of a step.
 */
@NullMarked
package dev.siskin.inference.batching;

import org.jspecify.annotations.NullMarked;
