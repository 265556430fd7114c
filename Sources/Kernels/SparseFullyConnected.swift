import CKernels
import Tensors

/// A fully connected layer whose pruned weights are run as they are stored.
///
/// Columns (inputs) are split over the threads, each with its own sums, which are added up last. For
/// one image a zero input skips its column: after ReLU most inputs are zero.
public struct SparseFullyConnected: Sendable {
  public let matrix: SparseMatrix
  private let bias: [Float]
  private let relu: Bool

  public var inputs: Int { matrix.columns }
  public var outputs: Int { matrix.rows }

  /// - Parameter bias: one value an output.
  public init(_ matrix: SparseMatrix, bias: [Float], relu: Bool) {
    precondition(bias.count == matrix.rows)
    self.matrix = matrix
    self.bias = bias
    self.relu = relu
  }

  /// Bytes of the entries and of the columns' starts, as they are stored.
  public var weightBytes: Int {
    matrix.entries.shape.count + matrix.columnStarts.count * MemoryLayout<UInt32>.stride
  }

  /// Multiplies the first `images` vectors of `input` into `output`, split over `pool`.
  public func run(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && output.length == outputs)
    precondition(images <= input.images && images <= output.images)
    if input.lanes == 1 {
      runOne(input, output, pool: pool)
    } else {
      runBatch(input, output, images: images, pool: pool)
    }
  }

  private func runOne(_ input: FeatureVectors, _ output: FeatureVectors, pool: WorkerPool) {
    let parts = pool.threads
    let sums = FloatBuffer(count: parts * outputs)
    pool.run(parts) { part in
      let columns = part * inputs / parts..<(part + 1) * inputs / parts
      unsafe withEntries { entries in
        // SAFETY: `SparseMatrix` checked every entry against its rows; sums are disjoint.
        unsafe f32_sparse_columns(
          entries, matrix.columnStarts, columns.lowerBound, columns.upperBound, matrix.codebook,
          input.buffer.base, sums.base + part * outputs)
      }
    }
    for row in 0..<outputs {
      var sum = bias[row]
      // SAFETY: both hold at least `outputs` values.
      for part in 0..<parts { sum += unsafe sums.base[part * outputs + row] }
      unsafe output.buffer.base[row] = relu && sum < 0 ? 0 : sum
    }
  }

  /// Sixteen images at a time share every decoded weight.
  private func runBatch(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    let lanes = 16
    pool.run((images + lanes - 1) / lanes) { block in
      let images = block * lanes..<min((block + 1) * lanes, images)
      let x = FloatBuffer(count: inputs * lanes)
      let y = FloatBuffer(count: outputs * lanes)
      // SAFETY: every index lies inside buffers of the stated sizes; blocks are disjoint.
      for (lane, image) in images.enumerated() {
        let (source, stride) = unsafe input.column(image)
        for index in 0..<inputs { unsafe x.base[index * lanes + lane] = source[index * stride] }
      }
      unsafe withEntries { entries in
        unsafe f32_sparse_columns_x16(
          entries, matrix.columnStarts, 0, inputs, matrix.codebook, x.base, y.base)
      }
      for (lane, image) in images.enumerated() {
        let (target, stride) = unsafe output.column(image)
        for row in 0..<outputs {
          let sum = unsafe y.base[row * lanes + lane] + bias[row]
          unsafe target[row * stride] = relu && sum < 0 ? 0 : sum
        }
      }
    }
  }

  private func withEntries(_ body: (UnsafePointer<UInt8>) -> Void) {
    // SAFETY: `SparseMatrix` checked that these are bytes.
    unsafe matrix.entries.storage.withUnsafeBytes(matrix.entries.range) { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe body(base.assumingMemoryBound(to: UInt8.self))
    }
  }
}
