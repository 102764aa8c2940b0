// A zip of files that are compressed already: stored, names in UTF-8.

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const little = (...pairs) => {
  const bytes = [];
  for (const [value, length] of pairs) for (let i = 0; i < length; i += 1) bytes.push(Math.floor(value / 256 ** i) & 255);
  return Uint8Array.from(bytes);
};

export const LARGEST = 4e9;

// `files`: {name, blob}, whose sizes together stay below LARGEST.
export async function zip(files) {
  const [parts, index] = [[], []];
  let offset = 0;
  for (const { name, blob } of files) {
    const path = new TextEncoder().encode(name);
    const sum = crc32(new Uint8Array(await blob.arrayBuffer()));
    // Version 2.0, names in UTF-8, stored, the first of January 1980.
    const facts = [[20, 2], [0x0800, 2], [0, 2], [0, 2], [33, 2], [sum, 4], [blob.size, 4], [blob.size, 4], [path.length, 2], [0, 2]];
    index.push(little([0x02014b50, 4], [20, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), path);
    const head = little([0x04034b50, 4], ...facts);
    parts.push(head, path, blob);
    offset += head.length + path.length + blob.size;
  }
  const length = index.reduce((sum, part) => sum + part.length, 0);
  const end = little([0x06054b50, 4], [0, 4], [files.length, 2], [files.length, 2], [length, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...index, end], { type: "application/zip" });
}
