package io.thalweg.peers;

import java.nio.file.Path;

/**
 * How a node proves itself to others, and they to it. Whoever has a certificate that {@code trust}
 * has signed is a node of the cluster, and is believed who a caller is: it should sign nothing
 * else.
 *
 * @param certificates chain of this node, PEM; its names hold the host that it is advertised with
 * @param key its key, PEM (PKCS #8)
 * @param trust certificates of the authorities of nodes, PEM
 */
public record NodeTls(Path certificates, Path key, Path trust) {}
