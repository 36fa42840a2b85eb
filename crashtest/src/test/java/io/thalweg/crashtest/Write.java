package io.thalweg.crashtest;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A submit under a name: adds 1 to each member. Sent again under the same name it must count once.
 *
 * @param members one, or several different ones for a batch
 */
record Write(String name, String board, List<String> members) {
  String path() {
    return "/v1/boards/" + board + (members.size() == 1 ? "/scores" : "/scores:batch");
  }

  String body() {
    if (members.size() == 1) {
      return "{\"member\":\"%s\",\"score\":1,\"operator\":\"SUM\"}".formatted(members.get(0));
    }
    return members.stream()
        .map("{\"member\":\"%s\",\"score\":1}"::formatted)
        .collect(Collectors.joining(",", "{\"operator\":\"SUM\",\"scores\":[", "]}"));
  }
}
