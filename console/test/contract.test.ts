import { expect, test } from "vitest";
import { address, curl, example, java, type Method, read, typescript } from "../web/node/contract.ts";

const DOCUMENT = {
  paths: {
    "/v1/boards/{board}/scores": {
      post: {
        operationId: "Leaderboards_SubmitScore",
        tags: ["Leaderboards"],
        description: "Submits one\nscore.\n\nErrors: none.",
        "x-thalweg-kind": "COMMAND",
        "x-thalweg-permission": "leaderboard:write",
        parameters: [
          { name: "board", in: "path", required: true },
          { name: "Idempotency-Key", in: "header" },
        ],
        requestBody: {
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["member", "score"],
                properties: { member: { type: "string" }, score: { type: "number" }, operator: { type: "string", enum: ["A_UNSPECIFIED", "BEST"] } },
              },
            },
          },
        },
      },
    },
  },
};

const method = read(DOCUMENT)[0] as Method;
const VALUES = { board: "a/b c" };
const BODY = '{\n  "member": "o\'neil",\n  "score": 7\n}';

test("a method is read with its parameters, and an example of what it requires", () => {
  expect(method).toMatchObject({ service: "Leaderboards", name: "SubmitScore", client: "leaderboard", verb: "POST", watches: false });
  expect(method.words).toBe("Submits one score.\n\nErrors: none.");
  expect(method.parameters.map(({ name }) => name)).toEqual(["board"]);
  expect(method.body).toEqual({ member: "", score: 1 });
});

test("an example of a schema that refers to itself ends", () => {
  const node = { properties: { next: { $ref: "#/components/schemas/Node" } } };
  expect(JSON.stringify(example(node, { Node: node })).length).toBeLessThan(100);
});

test("what is typed is quoted, in the address and for a shell", () => {
  expect(address(method, VALUES)).toBe("/v1/boards/a%2Fb%20c/scores");
  expect(curl(method, "http://h:1", VALUES, BODY)).toBe(
    `curl 'http://h:1/v1/boards/a%2Fb%20c/scores' --json '{ "member": "o'\\''neil", "score": 7 }'`,
  );
});

test("the same call in the languages of the clients", () => {
  expect(typescript(method, "http://h:1", VALUES, BODY)).toContain("client.leaderboard.submitScore({");
  const code = java(method, "h:1", VALUES, BODY);
  expect(code).toContain("LeaderboardsGrpc.newBlockingStub(channel)");
  expect(code).toContain('.setMember("o\'neil")');
  expect(code).toContain(".setScore(7)");
});
