import Tensors
import Testing
import WeightFiles

@Suite struct PruningTests {
  /// The weights of a row after pruning.
  private func pruned(_ weights: [Float], _ pruning: Pruning) throws -> [Float] {
    let file = WeightFile(tensors: [
      NamedTensor(name: "fc8.weight", tensor: try Tensor(weights, shape: [1, weights.count]))
    ])
    let compact = try CompactForm.encode(file, pruning: ["fc8.weight": pruning])
    return try #require(try compact.matrices()["fc8.weight"]).floats()
  }

  @Test("the largest weights stay as they are")
  func largest() throws {
    let weights: [Float] = [0.1, -4, 0.2, 3, -0.3, 2, 1, -0.4]
    #expect(try pruned(weights, Pruning(share: 0.5)) == [0, -4, 0, 3, 0, 2, 1, 0])
    #expect(try pruned(weights, Pruning(share: 1)).count { $0 != 0 } == 8)
    #expect(try pruned(weights, Pruning(share: 0)) == [Float](repeating: 0, count: 8))
  }

  @Test("they are those that sorting finds", arguments: [0.01, 0.09, 0.25, 0.5, 0.999])
  func likeSorting(share: Double) throws {
    var state: UInt32 = 7
    // Of all magnitudes, most of them small.
    let weights = (0..<10_000).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      let value = Float(Int32(bitPattern: state)) * 0x1p-31
      return value * value * value
    }
    let count = Int((share * 10_000).rounded())
    let kept = Set(weights.indices.sorted { abs(weights[$0]) > abs(weights[$1]) }.prefix(count))
    let found = try pruned(weights, Pruning(share: share))
    #expect(Set(found.indices.filter { found[$0] != 0 }) == kept)
  }

  @Test("as many stay as were asked for where many are equal")
  func equals() throws {
    let weights: [Float] = [1, -1, 1, 2, -1, 1, 1, -1, 1, 1]
    let found = try pruned(weights, Pruning(share: 0.5))
    #expect(found == [1, -1, 1, 2, -1, 0, 0, 0, 0, 0])
  }

  @Test("a row that has fewer weights than may stay keeps them all")
  func sparse() throws {
    let weights: [Float] = [0, 0, 1, 0, 0, 0, 0, -0.001, 0, 0]
    #expect(try pruned(weights, Pruning(share: 0.3)) == weights)
  }

  @Test("what was pruned before is spared where that was asked for")
  func spared() throws {
    let half: [Float] = [0, 0, 1, 0, 5, 4, -1, -1, 0, 0]
    #expect(try pruned(half, Pruning(share: 0.1, keepsMostlyZeroMatrices: true)) == half)
    #expect(try pruned(half, Pruning(share: 0.1)).count { $0 != 0 } == 1)
    let more: [Float] = [0, 0, 1, 2, 5, 4, -1, -1, 0, 0]
    #expect(
      try pruned(more, Pruning(share: 0.1, keepsMostlyZeroMatrices: true)).count { $0 != 0 } == 1)
  }

  @Test("the encoder says how many weights of each matrix were there and stayed")
  func densities() throws {
    var encoder = CompactEncoder(metadata: [:], pruning: ["fc7.weight": Pruning(share: 0.25)])
    for (name, shape) in [
      ("fc6.weight", [2, 4]), ("fc7.weight", [4, 2]), ("conv1.weight", [8, 1, 1, 1]),
    ] {
      try encoder.add(
        NamedTensor(name: name, tensor: try Tensor([1, 2, 0, 3, 4, 0, 5, 6], shape: shape)))
    }
    #expect(encoder.densities.map(\.name) == ["fc6.weight", "fc7.weight"])
    #expect(encoder.densities.map(\.weights) == [8, 8])
    #expect(encoder.densities.map(\.nonZerosBefore) == [6, 6])
    #expect(encoder.densities.map(\.nonZerosAfter) == [6, 2])
  }
}
