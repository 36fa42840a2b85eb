package io.thalweg.runtime;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.function.Consumer;

/**
 * A kind of service: its contract, and the constructor that defines an instance of it.
 *
 * <pre>{@code
 * public static final ServiceType TYPE =
 *     ServiceType.of(LeaderboardProto.getDescriptor().findServiceByName("Leaderboards"), Leaderboard::new);
 * }</pre>
 *
 * @param contract the service in its {@code .proto} file, with its rules ({@code
 *     thalweg/contract.proto})
 * @param constructor called once for every partition; declares tables and handlers
 */
public record ServiceType(ServiceDescriptor contract, Consumer<Definition> constructor) {

  /** As the record's constructor; reads well where a type is declared. */
  public static ServiceType of(ServiceDescriptor contract, Consumer<Definition> constructor) {
    return new ServiceType(contract, constructor);
  }
}
