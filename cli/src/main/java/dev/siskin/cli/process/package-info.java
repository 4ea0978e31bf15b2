/** The services as processes: where they are installed, how they are started, watched and stopped. */
@NullMarked
package dev.siskin.cli.process;

import org.jspecify.annotations.NullMarked;
