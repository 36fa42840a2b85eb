package io.thalweg.examples.shortener;

import io.thalweg.examples.shortener.v1.*;
import io.thalweg.runtime.*;
import io.thalweg.state.*;

/** Where a key leads: a service of its own beside the keys. */
final class Links {
  static final ServiceType TYPE =
      ServiceType.of(LinksProto.getDescriptor().findServiceByName("Links"), Links::new);

  Links(Definition d) {
    Table<String, String> urls = d.table(1, "urls", KeyCodecs.string(), ValueCodecs.string());
    d.event(LinkPut.class, (event, at) -> urls.put(event.getKey(), event.getUrl()));
    d.command(
        PutLinkRequest.class,
        Link.class,
        (put, context) -> {
          context.emit(LinkPut.newBuilder().setKey(put.getKey()).setUrl(put.getUrl()).build());
          return Link.newBuilder().setUrl(put.getUrl()).build();
        });
    d.query(
        GetLinkRequest.class,
        Link.class,
        (get, context) -> {
          String url = urls.get(get.getKey());
          return Link.newBuilder().setUrl(url == null ? "/" : url).build();
        });
  }
}
