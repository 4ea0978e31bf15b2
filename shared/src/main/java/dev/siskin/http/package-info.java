/** The HTTP host of both services and the client that talks to it. */
@NullMarked
package dev.siskin.http;

import org.jspecify.annotations.NullMarked;
