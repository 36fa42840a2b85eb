/**
 * XMPP, so that its clients talk by messaging as they are: {@link io.thalweg.messaging.xmpp.Xmpp}.
 * See the README of this service for what is supported and what is left out.
 */
@NullMarked
package io.thalweg.messaging.xmpp;

import org.jspecify.annotations.NullMarked;
