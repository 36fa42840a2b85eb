package io.thalweg.state;

/**
 * A row as its bytes, without the service id.
 *
 * @param table number of its table
 * @param project unsigned
 * @param key the table's key, encoded
 * @param value the table's value, encoded
 */
public record StoredRow(int slot, int table, int project, byte[] key, byte[] value) {}
