import CKernels
import Tensors
public import Threads

/// A fully connected layer that multiplies with a ``SparseMatrix`` in 8 bits. Its inputs, which
/// must not be negative, are rounded to bytes, and the shared weights to int8 with one scale.
///
/// If the instruction set has no kernels for sparse matrices and bytes, these whole numbers are
/// multiplied in float32. This is exact as long as sums are below 2^24.
public struct QuantizedSparseFullyConnected: Sendable {
  private let inFloats: SparseFullyConnected
  private let codebook: ConstantBuffer<Int8>
  private let inputScale: Float
  private let kernels: InstructionSet

  public var inputs: Int { inFloats.inputs }
  public var outputs: Int { inFloats.outputs }

  /// Whether the layer supports this number of inputs: a multiple of 4, as ``ByteVectors``
  /// requires, and small enough that 32-bit sums of the products cannot overflow.
  public static func supports(inputs: Int) -> Bool { inputs % 4 == 0 && inputs <= 1 << 16 }

  /// - Parameters:
  ///   - bias: one value an output.
  ///   - inputScale: the real value of one step of an input byte.
  public init(
    _ matrix: SparseMatrix, bias: [Float], inputScale: Float, relu: Bool,
    kernels: InstructionSet = .best
  ) {
    precondition(bias.count == matrix.rows)
    precondition(Self.supports(inputs: matrix.columns))
    let inputScale = inputScale.asStep
    let (values, step) = Self.rounded(matrix)
    inFloats = SparseFullyConnected(
      matrix, codebook: values.map(Float.init), scale: step * inputScale, bias: bias, relu: relu,
      kernels: kernels)
    codebook = ConstantBuffer(values)
    self.inputScale = inputScale
    self.kernels = kernels
  }

  /// The matrix's codebook in int8, and the real value of a step. A codebook without a normal step,
  /// because all its values are nearly 0 or one is infinite, becomes 0; so does NaN.
  ///
  /// Inputs are not negative, so that the errors of a row's weights add up unless their mean is 0.
  /// The step is the one, of 64 to 127 of them to the largest value, that leaves a row the least
  /// error.
  static func rounded(_ matrix: SparseMatrix) -> (values: [Int8], step: Float) {
    let shares = shares(matrix)
    let perRow = Float(2 * matrix.codes.shape.count) / Float(matrix.rows)
    let largest = matrix.codebook.reduce(0) { max($0, $1.magnitude) }
    guard (largest / 127).isNormal else { return ([Int8](repeating: 0, count: 16), 1) }
    func error(_ step: Float) -> Float {
      var (mean, squares) = (Float(0), Float(0))
      for (value, share) in zip(matrix.codebook, shares) {
        let difference = (value / step).rounded() * step - value
        mean += share * difference
        squares += share * difference * difference
      }
      return squares + perRow * mean * mean
    }
    // The error of every step is NaN where the codebook holds NaN: the first step then stays.
    var best = (step: largest / 127, error: Float.infinity)
    for index in 0...63 * 16 {
      let step = largest / (127 - Float(index) / 16)
      let error = error(step)
      if error < best.error { best = (step, error) }
    }
    return (matrix.codebook.map { ($0 / best.step).roundedToInt8 }, best.step)
  }

  /// How often each of the shared values is used, counted in a part of the codes.
  private static func shares(_ matrix: SparseMatrix) -> [Float] {
    matrix.codes.withBytes { bytes in
      var counts = [Int](repeating: 0, count: 16)
      let stride = 1 + bytes.count / (1 << 14)
      for index in Swift.stride(from: 0, to: bytes.count, by: stride) {
        counts[Int(bytes[index] & 15)] += 1
        counts[Int(bytes[index] >> 4)] += 1
      }
      let total = max(1, counts.reduce(0, +))
      return counts.map { Float($0) / Float(total) }
    }
  }

  /// Bytes of the weights in the form in which they are read.
  public var weightBytes: Int { inFloats.weightBytes }

  /// Rounds the first `images` vectors of `input` to bytes and multiplies them into `output`, split
  /// over `pool`.
  public func run(
    _ input: FeatureVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && images <= input.images)
    ByteVectors.withQuantized(
      input, images: images, scale: inputScale, kernels: kernels, pool: pool
    ) { bytes in
      run(bytes, output, images: images, pool: pool)
    }
  }

  /// Multiplies the first `images` vectors of `input` into `output`, split over `pool`.
  public func run(
    _ input: ByteVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    precondition(input.length == inputs && output.length == outputs)
    precondition(images <= input.images && images <= output.images)
    precondition((input.width == 1) == (output.lanes == 1))
    if input.width == 1 && kernels.hasSparseBytes {
      runOne(input, output, pool: pool)
    } else {
      runInFloats(input, output, images: images, pool: pool)
    }
  }

  private func runOne(_ input: ByteVectors, _ output: FeatureVectors, pool: WorkerPool) {
    let products = inFloats.products
    let stride = products.paddedRows
    // SAFETY: there is room for as many columns as there are inputs; each part has sums of its own,
    // and sums, bias and output hold at least `outputs` values.
    unsafe pool.scratch.withValues(of: Int32.self, pool.threads * stride) { sums in
      unsafe sums.update(repeating: 0, count: pool.threads * stride)
      unsafe products.split(over: pool) { columns in
        unsafe kernels.nonzero(input.base, count: inputs, columns)
      } add: { columns, part in
        unsafe products.add(
          columns: columns, codebook: codebook.base, x: input.base, sums: sums + part * stride,
          pool.scratch)
      }
      var result = unsafe s8u8_sparse_sums()
      unsafe result.sums = UnsafePointer(sums)
      unsafe result.parts = pool.threads
      unsafe result.part_stride = stride
      unsafe result.rows = outputs
      unsafe result.scale = inFloats.scale
      unsafe result.bias = inFloats.bias.base
      unsafe result.relu = inFloats.relu ? 1 : 0
      unsafe result.output = output.base
      unsafe kernels.sparseSums(&result)
    }
  }

  private func runInFloats(
    _ input: ByteVectors, _ output: FeatureVectors, images: Int, pool: WorkerPool
  ) {
    FeatureVectors.withScratch(
      images: input.images, length: inputs, kernels: kernels, pool.scratch
    ) { floats in
      for image in 0..<images {
        // SAFETY: both columns hold `inputs` values.
        let (source, groupStride) = unsafe input.column(image)
        let (target, stride) = unsafe floats.column(image)
        for index in 0..<inputs {
          unsafe target[index * stride] = Float(source[index / 4 * groupStride + index % 4])
        }
      }
      inFloats.run(floats, output, images: images, pool: pool)
    }
  }
}
