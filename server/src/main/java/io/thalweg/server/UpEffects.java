package io.thalweg.server;

import io.thalweg.effects.EffectOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node may call for its services, and the keys that it signs these calls with.
 *
 * @param networks blocks of addresses that may be called although they are not public
 * @param hosts names that may be called wherever they lead
 * @param ports ports that may be called beside 80, 443 and those from 1024 on
 * @param signingKeys file of keys, see {@link SigningKeys}; null: the environment is asked
 * @throws BadOption naming the option and what it may be
 */
record UpEffects(
    List<String> networks, Set<String> hosts, Set<Integer> ports, @Nullable Path signingKeys) {
  static final UpEffects DEFAULTS = new UpEffects(List.of(), Set.of(), Set.of(), null);

  UpEffects {
    networks = List.copyOf(networks);
    hosts = Set.copyOf(hosts);
    ports = Set.copyOf(ports);
    check("effect-networks", networks, Set.of(), Set.of());
    check("effect-hosts", List.of(), hosts, Set.of());
    check("effect-ports", List.of(), Set.of(), ports);
  }

  private static void check(
      String option, List<String> networks, Set<String> hosts, Set<Integer> ports) {
    try {
      EffectOptions.defaults().withAllowed(networks, hosts, ports);
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage());
      // Their message begins with the name of their option.
      throw new BadOption(option + problem.substring(problem.indexOf(' ')), e);
    }
  }

  /**
   * The performer's options, with the keys read.
   *
   * @param environment value of {@link SigningKeys#VARIABLE}, or null
   * @throws CommandFailed if the keys cannot be read
   */
  EffectOptions options(@Nullable String environment) {
    EffectOptions options = EffectOptions.defaults().withAllowed(networks, hosts, ports);
    if (signingKeys != null) {
      try {
        return SigningKeys.read(signingKeys).sign(options);
      } catch (IOException e) {
        throw new CommandFailed("signing-keys: cannot read " + signingKeys + ": " + e, e);
      }
    }
    return environment == null ? options : SigningKeys.parse(environment).sign(options);
  }
}
