package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpMethod;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.MethodType;
import java.util.ArrayList;
import java.util.List;

/** What is where on the port of a gateway, but for gRPC and WebSocket protocols. */
final class Routes {
  private Routes() {}

  static Router<Endpoint> of(
      Backend backend,
      Sessions sessions,
      SignIns signIns,
      Watchers watchers,
      Draining draining,
      GatewayOptions options,
      Refusals refusals) {
    Router<Endpoint> router = new Router<>();
    List<HttpBinding> bindings = new ArrayList<>();
    for (MethodType method : backend.methods()) {
      MethodMetrics metrics = new MethodMetrics(backend, method, "http");
      for (HttpBinding binding : HttpBinding.of(method)) {
        bindings.add(binding);
        Endpoint endpoint =
            method.kind() == MethodKind.WATCH
                ? new WatchEndpoint(
                    binding, new WatchMethod(method), backend.meters(), watchers, draining, options)
                : new JsonMethod(binding, metrics, draining, options, refusals);
        router.add(binding.httpMethod(), binding.path(), endpoint);
      }
    }
    HealthEndpoints health = new HealthEndpoints(backend, draining);
    add(router, "/livez", health.live());
    add(router, "/readyz", health.ready());
    Operations operations = new Operations(draining, sessions, options);
    BackupEndpoints backup = new BackupEndpoints(backend, operations);
    add(router, "/v1/operations/backup", backup.cut());
    add(router, "/v1/operations/backup/log", backup.log());
    add(router, "/v1/operations/backup/base", backup.base());
    add(router, "/v1/operations/backup/base/file", backup.baseFile());
    LogReaderEndpoints readers = new LogReaderEndpoints(backend, operations);
    add(router, LogReaderEndpoints.COLLECTION, readers.list());
    PathTemplate reader = PathTemplate.parse(LogReaderEndpoints.READER);
    router.add(HttpMethod.PUT, reader, readers.hold());
    router.add(HttpMethod.DELETE, reader, readers.drop());
    TableEndpoints tables = new TableEndpoints(backend, operations);
    add(router, TableEndpoints.CHECKPOINTS, tables.checkpoint());
    PathTemplate checkpoints = PathTemplate.parse(TableEndpoints.CHECKPOINTS);
    router.add(HttpMethod.POST, checkpoints, tables.beginCheckpoint());
    add(router, TableEndpoints.REBUILD, tables.rebuild());
    PathTemplate rebuild = PathTemplate.parse(TableEndpoints.REBUILD);
    router.add(HttpMethod.POST, rebuild, tables.beginRebuild());
    router.add(HttpMethod.DELETE, rebuild, tables.discardRebuild());
    add(router, ClusterEndpoint.PATH, new ClusterEndpoint(backend, operations).view());
    add(router, LogEndpoint.PATH, new LogEndpoint(backend, operations).events());
    WarningsEndpoint warnings = new WarningsEndpoint(options.warnings(), operations);
    add(router, WarningsEndpoint.PATH, warnings.list());
    add(router, "/v1/operations/backup/keys", backup.keyTags());
    add(router, "/v1/operations/backup/keys/bucket", backup.keys());
    DeadLetterEndpoints letters = new DeadLetterEndpoints(backend, operations);
    add(router, DeadLetterEndpoints.COLLECTION, letters.list());
    router.add(HttpMethod.POST, PathTemplate.parse(DeadLetterEndpoints.RETRY), letters.retry());
    router.add(HttpMethod.DELETE, PathTemplate.parse(DeadLetterEndpoints.LETTER), letters.drop());
    add(router, SignIns.PATH, signIns.tell());
    router.add(HttpMethod.POST, PathTemplate.parse(SignIns.PATH), signIns.begin());
    router.add(HttpMethod.DELETE, PathTemplate.parse(SignIns.PATH), signIns.end());
    add(router, "/metrics", MetricsEndpoint.of(backend.meters(), sessions));
    Explorer.add(router, bindings, version());
    ConsolePages.add(router, IndexPage.of(bindings));
    return router;
  }

  private static String version() {
    String version = Gateway.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static void add(Router<Endpoint> router, String path, Endpoint endpoint) {
    router.add(HttpMethod.GET, PathTemplate.parse(path), endpoint);
  }
}
