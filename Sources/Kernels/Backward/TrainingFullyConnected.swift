import CKernels
public import Threads

/// A fully connected layer, with its ReLU where it has one, as training needs it.
///
/// The weights, `[out, in]`, and their gradients belong to the caller and are not copied.
/// Results do not depend on the number of threads.
public struct TrainingFullyConnected: Sendable {
  public let inputs: Int
  public let outputs: Int
  let relu: Bool
  let kernels: InstructionSet
  private let backwardKernels: BackwardKernels
  private let product: MatrixProduct

  /// Depth that a call of a kernel multiplies, an even number: a part of a panel stays in the
  /// first-level cache.
  static let depthAtOnce = 256
  /// Inputs of a task of the gradient by the input: whole panels of every instruction set.
  static let inputsAtOnce = 128

  /// Outputs of a forward task: whole tiles, at most 84 rows, and something for every thread.
  func outputsAtOnce(tileRows: Int, threads: Int) -> Int {
    let share = (outputs + threads - 1) / threads
    return min(84 / tileRows, (share + tileRows - 1) / tileRows) * tileRows
  }

  public init(inputs: Int, outputs: Int, relu: Bool, kernels: InstructionSet = .best) {
    precondition(inputs > 0 && outputs > 0)
    self.inputs = inputs
    self.outputs = outputs
    self.relu = relu
    self.kernels = kernels
    backwardKernels = BackwardKernels(kernels)
    product = MatrixProduct(kernels: kernels)
  }

  /// Floats of scratch memory that forward and backward need for any number of images up to
  /// `images`. Fewer images may need more of it, since the blocks of their products are cut
  /// differently.
  public func scratchCount(upTo images: Int) -> Int {
    (1...max(1, images)).reduce(0) { max($0, scratchCount(images: $1)) }
  }

  private func scratchCount(images: Int) -> Int {
    let squares = product.scratchCount(
      rows: images, columns: images, depth: max(inputs, outputs))
    return max(panelCount(images: images), squares)
  }

  /// Multiplies the first `images` rows of `input` with the weights into `output`.
  ///
  /// Backward needs both again.
  public func forward(
    weights: FloatBuffer, bias: FloatBuffer, _ input: Matrix, _ output: Matrix, images: Int,
    precision: TrainingPrecision = .float32, scratch: FloatBuffer, pool: WorkerPool
  ) {
    check(weights, bias, input, output, images, scratch)
    // SAFETY: `check` compared all extents.
    switch precision {
    case .float32:
      unsafe multiply(weights, bias, input, output, images: images, scratch: scratch, pool: pool)
    case .bfloat16:
      unsafe multiplyRounded(weights, bias, input, output, images: images, pool: pool)
    }
  }

  /// Passes the output's gradient through the ReLU, in place, and adds the bias's to
  /// `biasGradient`.
  ///
  /// Comes before the other gradients.
  public func addBiasGradient(
    output: Matrix, outputGradient: Matrix, to biasGradient: FloatBuffer, images: Int,
    pool: WorkerPool
  ) {
    precondition(output.columns == outputs && outputGradient.columns == outputs)
    precondition(images <= output.rows && images <= outputGradient.rows)
    precondition(biasGradient.count == outputs)
    if relu {
      ReLUGradient.run(
        output: output, gradient: outputGradient, images: images, pool: pool, kernels: kernels)
    }
    var sums = [Double](repeating: 0, count: outputs)
    for image in 0..<images {
      // SAFETY: the extents were checked above.
      let row = unsafe outputGradient.row(image)
      for index in sums.indices { sums[index] += unsafe Double(row[index]) }
    }
    for index in sums.indices { unsafe biasGradient.base[index] += Float(sums[index]) }
  }

  /// Writes the gradient with respect to the input.
  public func inputGradient(
    weights: FloatBuffer, outputGradient: Matrix, inputGradient: Matrix, images: Int,
    precision: TrainingPrecision = .float32, pool: WorkerPool
  ) {
    precondition(weights.count == inputs * outputs)
    precondition(inputGradient.columns == inputs && outputGradient.columns == outputs)
    precondition(images <= inputGradient.rows && images <= outputGradient.rows)
    // SAFETY: the extents were checked above.
    switch precision {
    case .float32:
      unsafe multiplyBack(weights, outputGradient, inputGradient, images: images, pool: pool)
    case .bfloat16:
      unsafe multiplyBackRounded(
        weights, outputGradient, inputGradient, images: images, pool: pool)
    }
  }

  /// The sum of the squares of the gradient by the weights, which is not computed for that: the
  /// gradient is the sum over images of `outputGradient x input`, so that its squares add up to the
  /// sum over pairs of images of the products of their two dot products.
  ///
  /// Nothing is rounded to bfloat16 here. Where the step does that, its gradient differs from this
  /// one by up to 2^-7 of each product.
  public func weightGradientSquares(
    _ input: Matrix, outputGradient: Matrix, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) -> Double {
    precondition(input.columns == inputs && outputGradient.columns == outputs)
    precondition(images <= input.rows && images <= outputGradient.rows)
    precondition(scratch.count >= scratchCount(images: images))
    let (byInput, byOutput) = (
      FloatBuffer(count: images * images), FloatBuffer(count: images * images)
    )
    for (matrix, target) in [(input, byInput), (outputGradient, byOutput)] {
      product.run(
        view(matrix, images), view(matrix, images).transposed,
        into: MatrixView(target, rows: images, columns: images), scratch: scratch, pool: pool)
    }
    var sum = 0.0
    for pair in 0..<images * images {
      // SAFETY: both hold a value for each pair of images.
      sum += unsafe Double(byInput.base[pair]) * Double(byOutput.base[pair])
    }
    return max(0, sum)
  }

  /// Takes a step of gradient descent with the gradient by the weights, which never reaches memory:
  /// each tile of it is used while it is in the cache.
  ///
  /// Comes after ``inputGradient(weights:outputGradient:inputGradient:images:precision:pool:)``,
  /// which reads the weights as they were.
  ///
  /// - Parameter averages: of the weights; nil for none.
  public func descend(
    _ step: DescentStep, weights: FloatBuffer, velocities: FloatBuffer,
    averages: FloatBuffer? = nil, _ input: Matrix, outputGradient: Matrix, images: Int,
    precision: TrainingPrecision = .float32, pool: WorkerPool
  ) {
    precondition(weights.count == inputs * outputs && velocities.count == weights.count)
    precondition(averages == nil || averages?.count == weights.count)
    precondition(input.columns == inputs && outputGradient.columns == outputs)
    precondition(images <= input.rows && images <= outputGradient.rows)
    let strips = (inputs + Self.strip - 1) / Self.strip
    let blocks = (outputs + Self.block - 1) / Self.block
    unsafe pool.runUnchecked(strips * blocks) { task in
      let (strip, block) = task.quotientAndRemainder(dividingBy: blocks)
      let rows = block * Self.block..<min((block + 1) * Self.block, outputs)
      let columns = strip * Self.strip..<min((strip + 1) * Self.strip, inputs)
      // SAFETY: the ranges lie inside the matrices, whose extents were checked; tasks write
      // disjoint parts of the weights.
      switch precision {
      case .float32:
        unsafe descend(
          step, weights, velocities, averages, input, outputGradient, images, rows: rows,
          columns: columns)
      case .bfloat16:
        unsafe descendRounded(
          step, weights, velocities, averages, input, outputGradient, images, rows: rows,
          columns: columns, pool: pool)
      }
    }
  }

  /// Inputs and outputs of the parts of the weights that a task updates.
  private static let strip = 512
  private static let block = 512

  @unsafe private func descend(
    _ step: DescentStep, _ weights: FloatBuffer, _ velocities: FloatBuffer,
    _ averages: FloatBuffer?, _ input: Matrix, _ gradient: Matrix, _ images: Int,
    rows: Range<Int>, columns: Range<Int>
  ) {
    let (width, tileRows) = (kernels.panelWidth, kernels.tileRows)
    let panels = (columns.count + width - 1) / width
    // The strip of the inputs in panels, a tile's rows of the output's gradient, a tile of the
    // result.
    let panelCount = images * width
    let (rowCount, tileStride) = (images * tileRows, panels * width)
    let capacity = panels * panelCount + rowCount + tileRows * tileStride
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { memory in
      guard let packed = memory.baseAddress else { return }
      let a = unsafe packed + panels * panelCount
      let tile = unsafe a + rowCount
      for panel in 0..<panels {
        let first = panel * width
        let count = min(width, columns.count - first)
        for image in 0..<images {
          let target = unsafe packed + panel * panelCount + image * width
          unsafe target.update(from: input.row(image) + columns.lowerBound + first, count: count)
          unsafe (target + count).update(repeating: 0, count: width - count)
        }
      }
      for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: tileRows) {
        let count = min(tileRows, rows.upperBound - firstRow)
        for image in 0..<images {
          unsafe (a + image * count).update(from: gradient.row(image) + firstRow, count: count)
        }
        var product = unsafe f32_gemm_tn()
        unsafe product.a = UnsafePointer(a)
        unsafe product.a_stride = count
        unsafe product.b_stride = width
        unsafe product.outer = 1
        unsafe product.run = images
        unsafe product.c_row_stride = tileStride
        unsafe product.rows = count
        unsafe product.columns = width
        // The weights and velocities that the step changes come from memory meanwhile.
        let place = firstRow * inputs + columns.lowerBound
        unsafe product.next_stride = inputs
        for panel in 0..<panels {
          unsafe product.b = UnsafePointer(packed + panel * panelCount)
          unsafe product.c = tile + panel * width
          unsafe product.next = (
            UnsafePointer(weights.base + place + panel * width),
            UnsafePointer(velocities.base + place + panel * width)
          )
          unsafe backwardKernels.gemmTN(&product)
        }
        unsafe descend(
          step, weights, velocities, averages, tile, tileStride: tileStride,
          rows: firstRow..<firstRow + count, columns: columns)
      }
    }
  }

  /// Takes the step for a part of the weights, whose gradient is `gradient`.
  @unsafe func descend(
    _ step: DescentStep, _ weights: FloatBuffer, _ velocities: FloatBuffer,
    _ averages: FloatBuffer?, _ gradient: UnsafePointer<Float>, tileStride: Int, rows: Range<Int>,
    columns: Range<Int>
  ) {
    for (index, row) in rows.enumerated() {
      let place = row * inputs + columns.lowerBound
      unsafe step.run(
        weights.base + place, velocities.base + place, gradient + index * tileStride,
        averages.map { unsafe $0.base + place }, count: columns.count, backwardKernels)
    }
  }

  private func view(_ matrix: Matrix, _ images: Int) -> MatrixView {
    MatrixView(
      matrix.buffer, rows: images, columns: matrix.columns, rowStride: matrix.rowStride)
  }

  private func check(
    _ weights: FloatBuffer, _ bias: FloatBuffer, _ input: Matrix, _ output: Matrix, _ images: Int,
    _ scratch: FloatBuffer
  ) {
    precondition(weights.count == inputs * outputs && bias.count == outputs)
    precondition(input.columns == inputs && output.columns == outputs)
    precondition(images > 0 && images <= input.rows && images <= output.rows)
    precondition(scratch.count >= scratchCount(images: images))
  }
}
