/** What people read: answers, hits and tables, wrapped to the terminal, with colours only where they show. */
@NullMarked
package dev.siskin.cli.print;

import org.jspecify.annotations.NullMarked;
