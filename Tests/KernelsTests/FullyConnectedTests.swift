import Kernels
import Tensors
import Testing

@Suite struct FullyConnectedTests {
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

  @Test("a sparse layer run as stored equals its matrix written out", arguments: [1, 2, 17])
  func sparse(images: Int) throws {
    var random = SeededValues(seed: 3)
    for (inputs, outputs) in [(1, 1), (9, 40), (200, 130)] {
      let codebook = [0] + random.floats(15)
      var entries: [UInt8] = []
      var starts: [UInt32] = [0]
      for _ in 0..<inputs {
        var row = -1
        while true {
          let byte = UInt8(truncatingIfNeeded: random.next())
          row += Int(byte & 15) + 1
          guard row < outputs else { break }
          entries.append(byte)
        }
        starts.append(UInt32(entries.count))
      }
      let matrix = try SparseMatrix(
        rows: outputs, columns: inputs,
        entries: Tensor(bytes: entries, .uint8, shape: [entries.count]),
        columnStarts: Tensor(
          bytes: starts.flatMap { start in (0..<4).map { UInt8(start >> (8 * $0) & 255) } },
          .uint32, shape: [inputs + 1]),
        codebook: codebook)
      let bias = random.floats(outputs)
      let layer = SparseFullyConnected(matrix, bias: bias, relu: true)
      check(images: images, inputs: inputs, outputs: outputs, .best, &random) {
        layer.run($0, $1, images: images, pool: $2)
      } expected: {
        Reference.fullyConnected($0, weights: matrix.dense(), bias: bias, relu: true)
      }
    }
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

  @Test("entries that leave the matrix are refused")
  func hostileSparse() throws {
    func matrix(_ entries: [UInt8], _ starts: [UInt8]) throws -> SparseMatrix {
      try SparseMatrix(
        rows: 3, columns: 1, entries: Tensor(bytes: entries, .uint8, shape: [entries.count]),
        columnStarts: Tensor(
          bytes: starts.flatMap { [$0, 0, 0, 0] }, .uint32, shape: [starts.count]),
        codebook: [Float](repeating: 0, count: 16))
    }
    #expect(throws: SparseMatrixError.entryOutside(column: 0)) { try matrix([3], [0, 1]) }
    #expect(throws: SparseMatrixError.wrongColumnStarts) { try matrix([0], [0, 2]) }
    #expect(throws: SparseMatrixError.wrongColumnStarts) { try matrix([0], [1, 1]) }
    #expect(throws: SparseMatrixError.wrongForm) { try matrix([0], [0, 0, 1]) }
  }
}
