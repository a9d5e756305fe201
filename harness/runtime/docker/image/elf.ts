import { open } from 'node:fs/promises';
import type { Architecture } from './engine-platform.ts';

/** `e_machine` of the ELF header. */
const MACHINES: Readonly<Record<Architecture, number>> = { x64: 0x3e, arm64: 0xb7 };
const MAGIC = 0x7f_45_4c_46;
const MACHINE_OFFSET = 18;

/** Whether a file is a Linux program for this architecture, by its header; false when there is none. */
export async function isLinuxProgram(path: string, architecture: Architecture): Promise<boolean> {
  const header = await firstBytes(path, MACHINE_OFFSET + 2);
  if (header.length < MACHINE_OFFSET + 2) return false;
  return header.readUInt32BE(0) === MAGIC && header.readUInt16LE(MACHINE_OFFSET) === MACHINES[architecture];
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return Buffer.alloc(0);
  }
}
