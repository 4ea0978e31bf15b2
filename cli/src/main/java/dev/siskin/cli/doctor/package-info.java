/** What this machine must have for Siskin to run: one check each, with its remedy. */
@NullMarked
package dev.siskin.cli.doctor;

import org.jspecify.annotations.NullMarked;
