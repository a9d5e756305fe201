import { connectEngine, type Engine } from '../engine.ts';

/**
 * The engine for an integration test; call it in `before`. Where none answers, the tests of the suite are skipped and
 * say why, or fail when FAULTLINE_REQUIRE_DOCKER is 1.
 */
export async function engineOrSkip(context: Mocha.Context): Promise<Engine> {
  try {
    return await connectEngine();
  } catch (thrown) {
    if (process.env.FAULTLINE_REQUIRE_DOCKER === '1') throw thrown;
    console.warn(`      Skipped, because no Docker engine answers (FAULTLINE_REQUIRE_DOCKER=1 makes this a failure)`);
    return context.skip();
  }
}
