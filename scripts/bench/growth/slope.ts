/** The slope of the straight line through points that misses them least (least squares); NaN with fewer than two of different x. */
export function leastSquaresSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let [together, alone] = [0, 0];
  for (const [x, y] of points) {
    together += (x - meanX) * (y - meanY);
    alone += (x - meanX) ** 2;
  }
  return together / alone;
}

/** The slopes from each point to the next. */
export function stepSlopes(points: readonly (readonly [x: number, y: number])[]): readonly number[] {
  return points.slice(1).map((point, i) => leastSquaresSlope([points[i] ?? point, point]));
}
