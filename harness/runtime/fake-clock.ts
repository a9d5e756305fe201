import type { Program } from '../model/topology.ts';

/** What a program finds in this file, in its node's directory, is how far its clock is off: read again each second. */
export const CLOCK_FILE = 'clock';

/** Where Debian, Ubuntu and Fedora have libfaketime; the loader puts its own folder of libraries for `$LIB`. */
const LIBRARY = '/usr/$LIB/faketime/libfaketime.so.1';

/** Only the time of day is off: what measures how long something takes goes on as before. */
export function clockEnvironment(directory: string): Record<string, string> {
  return {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: `${directory}/${CLOCK_FILE}`,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

/** The program with a clock that is right until something else is written to the file. */
export function withFakeClock(program: Program, directory: string): Program {
  return {
    ...program,
    environment: { ...program.environment, ...clockEnvironment(directory) },
    files: { ...program.files, [CLOCK_FILE]: clockSetting(0) },
  };
}

/** In seconds; libfaketime takes a number without a sign for a date. */
export function clockSetting(skewMs: number): string {
  return `${skewMs < 0 ? '-' : '+'}${Math.abs(skewMs) / 1000}\n`;
}
