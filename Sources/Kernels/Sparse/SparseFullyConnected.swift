import CKernels
import Tensors
public import Threads

/// A fully connected layer that multiplies with a ``SparseMatrix``. If the instruction set cannot
/// expand weights by masks, the layer makes a list of the rows of the weights from the masks.
///
/// The columns (inputs) are split over the threads. Each thread has its own sums, which are added
/// at the end. For one image, the columns of inputs that are 0 are skipped. After ReLU, most inputs
/// are 0.
///
/// The scale and the bias are applied with one rounding, as the 8-bit kernels do, so that an image
/// alone and one in a batch get the same values.
public struct SparseFullyConnected: Sendable {
  let products: SparseProducts
  /// The factor of every sum.
  let scale: Float
  let bias: ConstantBuffer<Float>
  let relu: Bool

  public var inputs: Int { products.matrix.columns }
  public var outputs: Int { products.matrix.rows }

  /// - Parameter bias: one value an output.
  public init(
    _ matrix: SparseMatrix, bias: [Float], relu: Bool, kernels: InstructionSet = .best
  ) {
    self.init(
      matrix, codebook: matrix.codebook, scale: 1, bias: bias, relu: relu, kernels: kernels)
  }

  /// - Parameter codebook: takes the place of the matrix's own.
  init(
    _ matrix: SparseMatrix, codebook: [Float], scale: Float, bias: [Float], relu: Bool,
    kernels: InstructionSet
  ) {
    precondition(bias.count == matrix.rows)
    products = SparseProducts(matrix, codebook: codebook, kernels: kernels)
    self.scale = scale
    self.bias = ConstantBuffer(bias)
    self.relu = relu
  }

  /// Bytes of the weights in the form in which they are read.
  public var weightBytes: Int { products.weightBytes }

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
    let stride = products.paddedRows
    // SAFETY: there is room for as many columns as there are inputs; each part has sums of its own,
    // and sums, bias and output hold at least `outputs` values.
    unsafe pool.scratch.withValues(of: Float.self, parts * stride) { sums in
      unsafe sums.update(repeating: 0, count: parts * stride)
      unsafe products.split(over: pool) { columns in
        unsafe f32_nonzero(input.base, inputs, columns)
      } add: { columns, part in
        unsafe products.add(
          columns: columns, x: input.base, y: sums + part * stride, pool.scratch)
      }
      for row in 0..<outputs {
        var sum: Float = 0
        for part in 0..<parts { sum += unsafe sums[part * stride + row] }
        unsafe output.base[row] = result(sum, row: row)
      }
    }
  }

  private func runBatch(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    // SAFETY: an image's column holds `inputs` or `outputs` values, x and y sixteen times as many.
    unsafe products.runBatch(images: images, pool: pool) { images, x in
      for (lane, image) in images.enumerated() {
        let (source, stride) = unsafe input.column(image)
        for index in 0..<inputs { unsafe x[index * 16 + lane] = source[index * stride] }
      }
    } finish: { images, y in
      for (lane, image) in images.enumerated() {
        let (target, stride) = unsafe output.column(image)
        for row in 0..<outputs {
          unsafe target[row * stride] = result(y[row * 16 + lane], row: row)
        }
      }
    }
  }

  /// What the sum of a row's products gives: scale and bias with one rounding, then ReLU.
  @inline(__always)
  private func result(_ sum: Float, row: Int) -> Float {
    // SAFETY: the bias holds a value for each row.
    let value = unsafe bias.base[row].addingProduct(sum, scale)
    return relu && value < 0 ? 0 : value
  }
}
