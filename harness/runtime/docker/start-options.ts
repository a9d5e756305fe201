import type { ImageDefinition } from '../../model/image.ts';
import type { Preparations } from '../../model/resource-control.ts';
import type { StartOptions } from '../driver.ts';
import type { Engine } from './engine.ts';

/** An image that is in the engine, and what it is made from. */
export interface PresentImage {
  readonly tag: string;
  readonly definition: ImageDefinition;
}

export interface ContainerStartOptions extends StartOptions {
  readonly engine: Engine;
  readonly image: PresentImage;
  /** An image of another Toxiproxy server, which takes the place of the embedded one. */
  readonly foreignImage?: string;
  readonly preparations?: Preparations;
}
