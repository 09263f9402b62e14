/**
 * What a program or library asks of the dynamic loader, read from its file: images are made for architectures that this
 * machine cannot run. 64-bit little-endian ELF, which is what the platforms of images are (System V ABI, chapter 5).
 */
export interface Linkage {
  /** The path of the loader; libraries name none. */
  readonly loader: string | undefined;
  /** The names of libraries, `libm.so.6` for example. */
  readonly needed: readonly string[];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const LOAD = 1;
const DYNAMIC = 2;
const INTERPRETER = 3;

const NEEDED = 1;
const STRING_TABLE = 5;

/** Throws when `bytes` are no such file. */
export function linkageOf(bytes: Buffer): Linkage {
  if (bytes.toString("latin1", 0, 6) !== "\u007fELF\u0002\u0001")
    throw new Error("not a 64-bit little-endian ELF file");
  const segments = segmentsOf(bytes);
  const loader = segments.find(({ type }) => type === INTERPRETER);
  return {
    loader: loader === undefined ? undefined : textAt(bytes, loader.offset),
    needed: neededOf(bytes, segments),
  };
}

function segmentsOf(bytes: Buffer): readonly Segment[] {
  const [first, each, count] = [word(bytes, 0x20), bytes.readUInt16LE(0x36), bytes.readUInt16LE(0x38)];
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * each;
    return {
      type: bytes.readUInt32LE(at),
      offset: word(bytes, at + 8),
      address: word(bytes, at + 16),
      size: word(bytes, at + 32),
    };
  });
}

function neededOf(bytes: Buffer, segments: readonly Segment[]): readonly string[] {
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  if (dynamic === undefined) return [];
  const tags = Array.from({ length: dynamic.size / 16 }, (_, index) => {
    const at = dynamic.offset + index * 16;
    return { tag: word(bytes, at), value: word(bytes, at + 8) };
  });
  const table = tags.find(({ tag }) => tag === STRING_TABLE)?.value ?? 0;
  const home = segments.find(({ type, address, size }) => type === LOAD && address <= table && table < address + size);
  if (home === undefined) throw new Error("the names of its libraries are in no segment of the file");
  const names = table - home.address + home.offset;
  return tags.filter(({ tag }) => tag === NEEDED).map(({ value }) => textAt(bytes, names + value));
}

const word = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

const textAt = (bytes: Buffer, at: number): string => bytes.toString("latin1", at, bytes.indexOf(0, at));
