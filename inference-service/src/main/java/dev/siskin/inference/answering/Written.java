package dev.siskin.inference.answering;

import dev.siskin.inference.generation.Generated;

/**
 * What came of a generation.
 *
 * @param model that wrote: the tier's may have been replaced since the request was planned
 */
record Written(String model, Generated generated) {}
