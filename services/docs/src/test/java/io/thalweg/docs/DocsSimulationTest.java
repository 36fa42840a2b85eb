package io.thalweg.docs;

import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.WatchDocumentRequest;
import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.Simulation;
import io.thalweg.testkit.SimulationTest;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Documents on a machine that is killed, loses power, fills its disk, and whose clock jumps. They
 * are merged on the way: eight of the larger updates are enough.
 */
class DocsSimulationTest {
  private static final List<String> DOCUMENTS = List.of("a", "b", "c");
  private static final int WORDS = 40;

  @SimulationTest(seeds = 100)
  void answersAreThoseOfADocumentThatDoesOneThingAtATime(Seeds seeds) {
    Simulation.of(Docs.TYPE)
        .ask(12, random -> Requests.apply(name(random), DocumentModel.word(random.nextInt(WORDS))))
        .ask(3, random -> Requests.insert(name(random), 0, "s "))
        .ask(4, random -> Requests.text(name(random)))
        .ask(random -> DeleteDocumentRequest.newBuilder().setDocument(name(random)).build())
        .ask(2, random -> CreateDocumentRequest.newBuilder().setDocument(name(random)).build())
        .ask(3, random -> Requests.past(name(random), 1 + random.nextInt(8)))
        .ask(3, random -> Requests.restore(name(random), 1 + random.nextInt(8)))
        .watch(random -> WatchDocumentRequest.newBuilder().setDocument(name(random)).build())
        .model(new DocumentModel())
        .run(seeds);
  }

  private static String name(RandomGenerator random) {
    return DOCUMENTS.get(random.nextInt(DOCUMENTS.size()));
  }
}
