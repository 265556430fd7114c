import Kernels
import Tensors
import Testing
import Threads

/// Layers over bfloat16 beside the naive ones over values that were rounded before.
@Suite(.alsoInGuardedMemory) struct BFloat16Tests {
  /// The bits of values that bfloat16 holds, little-endian, after `offset` other bytes.
  private static func bytes(_ values: [Float], offset: Int = 0) -> [UInt8] {
    [UInt8](repeating: 0xFF, count: offset)
      + values.flatMap { [UInt8($0.bitPattern >> 16 & 255), UInt8($0.bitPattern >> 24)] }
  }

  @Test(
    "a fully connected layer equals the naive one over rounded values, for any number of images",
    arguments: InstructionSet.available.map(\.name), [1, 2, 5, 33])
  func fullyConnected(isa: String, images: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: UInt64(images))
    for (inputs, outputs) in [(1, 1), (37, 15), (530, 45), (1024, 31), (1100, 3)] {
      let weights = random.floats(inputs * outputs)
      let bias = random.floats(outputs)
      let vectors = (0..<images).map { _ in random.floats(inputs) }
      for relu in [false, true] {
        let layer = try BFloat16FullyConnected(
          weights: Tensor(weights, shape: [outputs, inputs]), bias: bias, relu: relu,
          kernels: kernels)
        #expect(layer.weightBytes == 2 * inputs * outputs)
        let outcomes = run(layer, vectors, kernels)
        for (vector, outcome) in zip(vectors, outcomes) {
          let expected = Reference.fullyConnected(
            vector.map(nearestBFloat16), weights: weights.map(nearestBFloat16), bias: bias,
            relu: relu)
          #expect(largestDifference(outcome, expected) <= tolerance(terms: inputs + 1))
        }
      }
    }
  }

  @Test("every form of the same weights gives the same results", arguments: [1, 3])
  func forms(images: Int) throws {
    var random = SeededValues(seed: 7)
    let (inputs, outputs) = (70, 40)
    let shape = [outputs, inputs]
    let scales = (0..<outputs).map { _ in Float(0.5) }
    // Multiples of a half that all the forms hold exactly.
    let steps = (0..<inputs * outputs).map { _ in Int8(truncatingIfNeeded: random.next()) }
    let weights = steps.map { Float($0) / 2 }
    let bias = random.floats(outputs)
    let vectors = (0..<images).map { _ in random.floats(inputs) }
    let forms: [WeightMatrix] = [
      .dense(try FloatTensor(weights, shape: shape)),
      .dense(try FloatTensor(Tensor(bytes: Self.bytes(weights), .bfloat16, shape: shape))),
      .dense(try FloatTensor(misaligned(weights, shape: shape))),
      .quantized(values: try Tensor(int8: steps, shape: shape), scales: scales),
    ]
    let outcomes = forms.map {
      run(BFloat16FullyConnected($0, bias: bias, relu: true), vectors, .best)
    }
    for outcome in outcomes { #expect(outcome == outcomes[0]) }
    #expect(outcomes[0].joined().contains { $0 > 0 })
  }

  @Test("weights of another type than floating point are refused")
  func integers() throws {
    #expect(throws: TensorError.notFloatingPoint(.int8)) {
      try BFloat16FullyConnected(
        weights: Tensor(int8: [1, 2], shape: [1, 2]), bias: [0], relu: false)
    }
  }

  /// A bfloat16 tensor at an odd address.
  private func misaligned(_ values: [Float], shape: [Int]) throws -> Tensor {
    let bytes = Self.bytes(values, offset: 1)
    let storage = Storage(copying: bytes.span)
    return try Tensor(.bfloat16, Shape(shape), storage: storage, range: 1..<bytes.count)
  }

  /// What the layer gives, the same with one thread and with several.
  private func run(
    _ layer: BFloat16FullyConnected, _ vectors: [[Float]], _ kernels: InstructionSet
  ) -> [[Float]] {
    let input = FeatureVectors(images: vectors.count, length: layer.inputs, kernels: kernels)
    for (image, vector) in vectors.enumerated() { input.setValues(vector, image: image) }
    let outcomes = [1, 3].map { threads in
      let output = FeatureVectors(images: vectors.count, length: layer.outputs, kernels: kernels)
      layer.run(input, output, images: vectors.count, pool: WorkerPool(threads: threads))
      return vectors.indices.map { output.values(image: $0) }
    }
    #expect(outcomes[0] == outcomes[1])
    return outcomes[0]
  }
}
