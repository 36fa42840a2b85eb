import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: 180_000, hookTimeout: 600_000, fileParallelism: false, expect: { poll: { timeout: 60_000 } } },
});
