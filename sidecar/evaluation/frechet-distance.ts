import { covariance as covarianceOf, EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Mean and covariance of feature vectors. */
export interface FeatureStatistics {
  /** [F] */
  readonly mean: readonly number[];
  /** [F, F] */
  readonly covariance: Matrix;
}

/** Statistics of at least two vectors of one length. The covariance is that of the sample (divided by N-1). */
export function featureStatistics(vectors: readonly Float32Array[]): FeatureStatistics {
  const rows = new Matrix(vectors.map((vector) => Array.from(vector)));
  return { mean: rows.mean('column'), covariance: covarianceOf(rows) };
}

/** Least deviation, as a part of the most varied feature's. Features that vary less say nothing. */
const LEAST_DEVIATION = 1e-3;

/**
 * Squared Fréchet distance between two normal distributions: |m1 - m2|² + tr(C1 + C2 - 2 (C1^½ C2 C1^½)^½)
 * (Heusel et al. 2017, with other features). Features are first divided by their standard deviations in the reference, so
 * that no feature counts for more because of its scale. Features that do not vary in the reference are left out.
 */
export function frechetDistance(reference: FeatureStatistics, other: FeatureStatistics): number {
  const deviations = reference.covariance.diagonal().map(Math.sqrt);
  const least = LEAST_DEVIATION * Math.max(...deviations);
  const varied = [...deviations.keys()].filter((i) => (deviations[i] ?? 0) > least);
  const scales = varied.map((i) => 1 / (deviations[i] ?? 1));
  const standardised = ({ covariance }: FeatureStatistics): Matrix =>
    new Matrix(
      varied.map((i, a) => varied.map((j, b) => covariance.get(i, j) * (scales[a] ?? 0) * (scales[b] ?? 0))),
    );
  const [one, two] = [standardised(reference), standardised(other)];
  const apart = varied.reduce(
    (sum, i, a) => sum + (((reference.mean[i] ?? 0) - (other.mean[i] ?? 0)) * (scales[a] ?? 0)) ** 2,
    0,
  );
  const root = squareRoot(one);
  const cross = eigenvalues(root.mmul(two).mmul(root)).reduce((sum, value) => sum + Math.sqrt(value), 0);
  return apart + one.trace() + two.trace() - 2 * cross;
}

/** Square root of a symmetric matrix without negative eigenvalues. */
function squareRoot(matrix: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const roots = Matrix.diag(realEigenvalues.map((value) => Math.sqrt(Math.max(value, 0))));
  return eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose());
}

/** Eigenvalues of a symmetric matrix. Rounding may push a zero slightly below zero. */
function eigenvalues(matrix: Matrix): number[] {
  const symmetric = Matrix.add(matrix, matrix.transpose()).mul(0.5);
  return new EigenvalueDecomposition(symmetric, { assumeSymmetric: true }).realEigenvalues.map((value) =>
    Math.max(value, 0),
  );
}
