/** How long something that must not happen is given to happen. */
const QUIET_MS = 150;

/** For the tests that say that nothing comes: there is nothing to poll for. */
export const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, QUIET_MS));
