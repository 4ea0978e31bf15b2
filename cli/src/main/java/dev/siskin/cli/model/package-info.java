/** Models that write answers, brought into the data folder: copied from a folder or pulled from a hub, whole or not at all. */
@NullMarked
package dev.siskin.cli.model;

import org.jspecify.annotations.NullMarked;
