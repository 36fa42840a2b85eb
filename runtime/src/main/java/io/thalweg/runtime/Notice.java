package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.List;

/**
 * Something that watchers are told and no log holds.
 *
 * @param request full name of the watch method's request
 * @param keys of the watches
 */
record Notice(String request, int project, List<String> keys, Message item) {}
