/** The routes of the service, and the bounded pools behind them. */
@NullMarked
package dev.siskin.retrieval.http;

import org.jspecify.annotations.NullMarked;
