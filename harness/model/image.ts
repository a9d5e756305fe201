/**
 * A container image for all programs of a target, as data: what goes into it, and where its programs are.
 *
 *   Dockerfile + folders of the project + packages that they import + Node  ->  faultline/<name>:<hash of all that>
 */
export interface ImageDefinition {
  /** `photo-sharing`: the image is `faultline/photo-sharing`. */
  readonly name: string;
  /** Absolute. Its build context has `bin/node`, `packages/` (node_modules and package.json) and `project/`. */
  readonly dockerfile: string;
  /** The folder that holds package-lock.json and node_modules. Absolute. */
  readonly projectFolder: string;
  /** Folders of the project that go into the image, relative to it, with `/`; tests and their fixtures stay out. */
  readonly folders: readonly string[];
  /**
   * Those of the folders whose imports decide which npm packages go into the image, with all that these depend on.
   * Without any, neither packages nor Node are in the build context.
   */
  readonly importRoots: readonly string[];
  /** Where each program is inside the image: `postgres` -> its absolute path. */
  readonly programs: Readonly<Record<string, string>>;
}

/** Where the project's folders are inside every image: `/faultline/harness/toxiproxy/main.ts`. */
export const PROJECT_IN_IMAGE = '/faultline';

/** Every image of ours has this label, with the image's name as its value. */
export const IMAGE_LABEL = 'io.faultline.image';
