/** A square of slanted lines that fits beside itself, for what has no figure. */
export function hatch(size: number, width: number, [red, green, blue]: [number, number, number]): ImageData {
  const image = new ImageData(size, size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if ((x + y) % size < width) image.data.set([red, green, blue, 190], 4 * (y * size + x));
    }
  }
  return image;
}
