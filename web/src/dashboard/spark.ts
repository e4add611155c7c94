/** Pieces of a line through the values, as points of a drawing of that size; what is too few to be told breaks the line. */
export function pieces(values: readonly (number | null)[], width: number, height: number): [number, number][][] {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const x = (place: number): number => (values.length < 2 ? width / 2 : (place / (values.length - 1)) * width);
  const all: [number, number][][] = [[]];
  values.forEach((value, place) => {
    if (value === null) all.push([]);
    else all.at(-1)?.push([x(place), height - (value / most) * height]);
  });
  return all.filter((piece) => piece.length > 0);
}
