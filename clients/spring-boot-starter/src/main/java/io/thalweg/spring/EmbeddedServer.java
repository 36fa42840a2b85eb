package io.thalweg.spring;

/**
 * A node inside this application that listens.
 *
 * @param url of its gateway, on this machine
 */
public record EmbeddedServer(String url) {}
