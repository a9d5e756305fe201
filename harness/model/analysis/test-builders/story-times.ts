/** When things happen in the built records. Epoch milliseconds. */
export const RUN_FROM_MS = Date.UTC(2026, 0, 15, 12);
export const LOAD_FROM_MS = RUN_FROM_MS + 10_000;
export const STEADY_FROM_MS = LOAD_FROM_MS + 5000;
export const FAULT_MS = STEADY_FROM_MS + 15_000;
export const HOLD_FROM_MS = FAULT_MS + 50;
export const UNDO_MS = FAULT_MS + 40_000;
export const RECOVERY_FROM_MS = UNDO_MS + 6000;
export const LOAD_TO_MS = RECOVERY_FROM_MS + 12_000;
export const RUN_TO_MS = LOAD_TO_MS + 4000;
