import Kernels
import Tensors
import Testing
import Threads

@Suite(.alsoInGuardedMemory) struct FullyConnectedTests {
  @Test(
    "a fully connected layer equals the naive one for one image and for batches",
    arguments: InstructionSet.available.map(\.name), [1, 2, 5, 33])
  func dense(isa: String, images: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: UInt64(images))
    for (inputs, outputs) in [(1, 1), (37, 15), (530, 45), (1100, 3)] {
      let weights = random.floats(inputs * outputs)
      let bias = random.floats(outputs)
      for relu in [false, true] {
        let layer = try FullyConnected(
          weights: Tensor(weights, shape: [outputs, inputs]), bias: bias, relu: relu,
          kernels: kernels)
        check(images: images, inputs: inputs, outputs: outputs, kernels, &random) {
          layer.run($0, $1, images: images, pool: $2)
        } expected: {
          Reference.fullyConnected($0, weights: weights, bias: bias, relu: relu)
        }
      }
    }
  }

  /// Rows that end inside, at and past a mask's word; columns that are empty, full and between.
  static let sparseShapes = [
    (inputs: 1, outputs: 1), (12, 40), (9, 64), (200, 130), (64, 1), (7, 1000),
  ]

  @Test(
    "a sparse layer run as stored equals its matrix written out",
    arguments: InstructionSet.available.map(\.name), [1, 2, 17])
  func sparse(isa: String, images: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 3)
    for (inputs, outputs) in Self.sparseShapes {
      let matrix = try random.sparseMatrix(rows: outputs, columns: inputs)
      let bias = random.floats(outputs)
      let layer = SparseFullyConnected(matrix, bias: bias, relu: true, kernels: kernels)
      check(images: images, inputs: inputs, outputs: outputs, kernels, &random) {
        layer.run($0, $1, images: images, pool: $2)
      } expected: {
        Reference.fullyConnected($0, weights: matrix.dense(), bias: bias, relu: true)
      }
    }
  }

  /// The shared values are whole steps of a 127th already, so that only the inputs are rounded.
  @Test(
    "an 8-bit sparse layer equals the naive one over rounded inputs",
    arguments: InstructionSet.available.map(\.name), [1, 2, 17])
  func quantizedSparse(isa: String, images: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 5)
    for (inputs, outputs) in Self.sparseShapes where inputs % 4 == 0 {
      let steps = (0..<16).map { $0 == 3 ? 127 : Float(Int(random.next() % 255)) - 127 }
      let matrix = try random.sparseMatrix(
        rows: outputs, columns: inputs, codebook: steps.map { $0 / 1024 })
      let bias = random.floats(outputs)
      let inputScale: Float = 1 / 64
      for relu in [false, true] {
        let layer = QuantizedSparseFullyConnected(
          matrix, bias: bias, inputScale: inputScale, relu: relu, kernels: kernels)
        let input = FeatureVectors(images: images, length: inputs, kernels: kernels)
        let output = FeatureVectors(images: images, length: outputs, kernels: kernels)
        // Whole steps: some of them 0, some past the largest byte.
        let vectors = (0..<images).map { _ in
          (0..<inputs).map { _ in max(0, Float(random.next() % 600) - 300) * inputScale }
        }
        for (image, vector) in vectors.enumerated() { input.setValues(vector, image: image) }
        for threads in [1, 3] {
          layer.run(input, output, images: images, pool: WorkerPool(threads: threads))
          for (image, vector) in vectors.enumerated() {
            let expected = Reference.fullyConnected(
              vector.map { min($0, 255 * inputScale) }, weights: matrix.dense(), bias: bias,
              relu: relu)
            #expect(
              largestDifference(output.values(image: image), expected)
                <= tolerance(terms: inputs + 1))
          }
        }
      }
    }
  }

  @Test(
    "in 8 bits, an image alone and one in a batch get the same values, bit for bit",
    arguments: InstructionSet.available)
  func aloneAndInBatch(kernels: InstructionSet) throws {
    var random = SeededValues(seed: 7)
    let (inputs, outputs, images) = (132, 450, 3)
    let matrix = try random.sparseMatrix(rows: outputs, columns: inputs)
    let bias = random.floats(outputs)
    let inputScale: Float = 0.0173
    let sparse = QuantizedSparseFullyConnected(
      matrix, bias: bias, inputScale: inputScale, relu: false, kernels: kernels)
    let quantized = QuantizedWeights(random.floats(inputs * outputs), outputs: outputs)
    let dense = QuantizedFullyConnected(
      weights: try Tensor(int8: quantized.values, shape: [outputs, inputs]),
      scales: quantized.scales, bias: bias, inputScale: inputScale, relu: false, kernels: kernels)
    let vector = random.floats(inputs).map { max(0, $0) }
    let pool = WorkerPool(threads: 1)
    for run in [sparse.run, dense.run]
      as [(FeatureVectors, FeatureVectors, Int, WorkerPool) -> Void]
    {
      let results = [1, images].map { count in
        let input = FeatureVectors(images: count, length: inputs, kernels: kernels)
        let output = FeatureVectors(images: count, length: outputs, kernels: kernels)
        for image in 0..<count { input.setValues(vector, image: image) }
        run(input, output, count, pool)
        return output.values(image: 0).map(\.bitPattern)
      }
      #expect(results[0] == results[1])
    }
  }

  @Test("an 8-bit sparse layer of small weights is off by no more than half a step of each")
  func quantizedCodebook() throws {
    var random = SeededValues(seed: 6)
    let codebook = random.floats(16).map { $0 * 0.04 }
    let matrix = try random.sparseMatrix(rows: 70, columns: 100, codebook: codebook)
    let layer = QuantizedSparseFullyConnected(
      matrix, bias: [Float](repeating: 0, count: 70), inputScale: 1, relu: false)
    let input = FeatureVectors(images: 1, length: 100)
    let output = FeatureVectors(images: 1, length: 70)
    let ones = [Float](repeating: 1, count: 100)
    input.setValues(ones, image: 0)
    layer.run(input, output, images: 1, pool: WorkerPool(threads: 1))
    let dense = matrix.dense()
    let expected = Reference.fullyConnected(
      ones, weights: dense, bias: [Float](repeating: 0, count: 70), relu: false)
    let largest = codebook.map(abs).max() ?? 0
    for (row, value) in output.values(image: 0).enumerated() {
      let weights = dense[row * 100..<(row + 1) * 100].count { $0 != 0 }
      // A step may be up to a 64th of the largest value.
      #expect(abs(value - expected[row]) <= Float(weights) * largest / 128 * 1.001)
    }
  }

  @Test(
    "NaN stays NaN after ReLU, for one image and for several", arguments: [1, 3],
    InstructionSet.available)
  func notANumber(images: Int, kernels: InstructionSet) throws {
    let weights = try FloatTensor([Float](repeating: 1, count: 40), shape: [2, 20])
    let layer = FullyConnected(.dense(weights), bias: [0, -100], relu: true, kernels: kernels)
    let input = FeatureVectors(images: images, length: 20, kernels: kernels)
    let output = FeatureVectors(images: images, length: 2, kernels: kernels)
    var vector = [Float](repeating: 1, count: 20)
    input.setValues(vector, image: 0)
    layer.run(input, output, images: images, pool: WorkerPool(threads: 1))
    #expect(output.values(image: 0) == [20, 0])
    vector[17] = .nan
    input.setValues(vector, image: 0)
    layer.run(input, output, images: images, pool: WorkerPool(threads: 1))
    #expect(output.values(image: 0).allSatisfy { $0.isNaN })
  }

  private func check(
    images: Int, inputs: Int, outputs: Int, _ kernels: InstructionSet,
    _ random: inout SeededValues,
    run: (FeatureVectors, FeatureVectors, WorkerPool) -> Void, expected: ([Float]) -> [Float]
  ) {
    let input = FeatureVectors(images: images, length: inputs, kernels: kernels)
    let output = FeatureVectors(images: images, length: outputs, kernels: kernels)
    // Some zeros: the sparse layer skips them.
    let vectors = (0..<images).map { _ in random.floats(inputs).map { $0 < -0.5 ? 0 : $0 } }
    for (image, vector) in vectors.enumerated() { input.setValues(vector, image: image) }
    for threads in [1, 3] {
      run(input, output, WorkerPool(threads: threads))
      for (image, vector) in vectors.enumerated() {
        let difference = largestDifference(output.values(image: image), expected(vector))
        #expect(difference <= tolerance(terms: inputs + 1))
      }
    }
  }

  @Test("masks and codes that do not fit each other or the matrix are refused")
  func hostileSparse() throws {
    func matrix(
      _ masks: [UInt8], _ codes: [UInt8], rows: Int = 3, columns: Int = 2, stride: Int = 8,
      values: Int = 16
    ) throws -> SparseMatrix {
      try SparseMatrix(
        rows: rows, columns: columns,
        masks: Tensor(bytes: masks, .uint8, shape: [masks.count / stride, stride]),
        codes: Tensor(bytes: codes, .uint8, shape: [codes.count]),
        codebook: (0..<values).map(Float.init))
    }
    let first: [UInt8] = [0b101, 0, 0, 0, 0, 0, 0, 0]
    let second: [UInt8] = [0b010, 0, 0, 0, 0, 0, 0, 0]
    #expect(try matrix(first + second, [0x21, 0x03]).dense() == [1, 0, 0, 3, 2, 0])
    #expect(throws: SparseMatrixError.wrongCodes(expected: 2, found: 1)) {
      try matrix(first + second, [0x21])
    }
    #expect(throws: SparseMatrixError.wrongCodes(expected: 2, found: 3)) {
      try matrix(first + second, [0x21, 0x03, 0])
    }
    #expect(throws: SparseMatrixError.rowOutside(column: 1)) {
      try matrix(first + [0b1000, 0, 0, 0, 0, 0, 0, 0], [0x21, 0x03])
    }
    #expect(throws: SparseMatrixError.rowOutside(column: 0)) {
      try matrix([0b101, 0, 0, 0, 0, 0, 0, 0x80] + second, [0x21, 0x03])
    }
    for (rows, columns, stride, values) in [
      (0, 2, 8, 16), (65, 2, 8, 16), (3, 1, 8, 16), (3, 0, 8, 16), (3, -2, 8, 16), (3, 4, 4, 16),
      (65536, 2, 8, 16), (.max, 2, 8, 16), (3, 2, 8, 15),
    ] {
      #expect(throws: SparseMatrixError.wrongForm) {
        try matrix(
          first + second, [0x21, 0x03], rows: rows, columns: columns, stride: stride,
          values: values)
      }
    }
  }
}
