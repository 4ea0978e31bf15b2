/** API keys, scopes and tenants. */
@NullMarked
package dev.siskin.auth;

import org.jspecify.annotations.NullMarked;
