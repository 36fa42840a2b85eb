/**
 * Client of a Thalweg server: typed, asynchronous, and safe to ask again.
 *
 * <pre>{@code
 * try (ThalwegClient client = ThalwegClient.at("http://127.0.0.1:8080").open()) {
 *   SubmitScoreResponse reply = client.leaderboard().submitScore("goals", "ana", 4200).await();
 *   System.out.println(reply.getRank());
 * }
 * }</pre>
 *
 * <p>Start with {@link io.thalweg.client.ThalwegClient}. {@link io.thalweg.client.UnaryCall} is
 * where a request is sent, retried and hedged; {@link io.thalweg.client.Watch} is where a watch
 * resumes. What a method is (command, query, watch) comes from the contract: {@link
 * io.thalweg.client.ServiceMethod}.
 */
@NullMarked
package io.thalweg.client;

import org.jspecify.annotations.NullMarked;
