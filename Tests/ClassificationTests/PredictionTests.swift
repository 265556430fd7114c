import Classification
import Network
import Testing

@Suite struct PredictionTests {
  private let labels = ["a", "b", "c", "d"].map { ClassLabel(wnid: nil, label: $0) }

  private func top(_ probabilities: [Float], _ count: Int, minimum: Float = 0) -> [String] {
    topPredictions(probabilities, labels: labels, count: count, minimum: minimum).map(\.label)
  }

  @Test("the likeliest come first, equals by their place in the output")
  func order() {
    #expect(top([0.1, 0.4, 0.1, 0.4], 4) == ["b", "d", "a", "c"])
    #expect(top([0.1, 0.4, 0.1, 0.4], 3) == ["b", "d", "a"])
    #expect(top([0.25, 0.25, 0.25, 0.25], 1) == ["a"])
    #expect(top([0.1, 0.2, 0.3, 0.4], 2) == ["d", "c"])
  }

  @Test("more are asked for than there are; none; a minimum")
  func limits() {
    #expect(top([0.5, 0.5], 9) == ["a", "b"])
    #expect(top([0.5, 0.5], 0) == [])
    #expect(top([0.1, 0.6, 0.3], 5, minimum: 0.3) == ["b", "c"])
    #expect(top([0.1, 0.6, 0.3], 5, minimum: 0.9) == [])
  }

  @Test("agrees with sorting everything")
  func sorting() {
    var generator = SystemRandomNumberGenerator()
    let probabilities = (0..<1000).map { _ in
      Float(Int.random(in: 0..<50, using: &generator)) / 50
    }
    let sorted = probabilities.indices.sorted {
      (-probabilities[$0], $0) < (-probabilities[$1], $1)
    }
    let best = topPredictions(probabilities, labels: [], count: 20)
    #expect(best.map(\.index) == Array(sorted.prefix(20)))
    #expect(best.map(\.rank) == Array(1...20))
    #expect(best.map(\.probability) == sorted.prefix(20).map { probabilities[$0] })
    #expect(best[0].label == "class \(sorted[0])")
  }

  @Test("error codes are as the schema names them")
  func codes() {
    #expect(
      ErrorCode.allCases.map(\.rawValue) == [
        "not_found", "permission_denied", "not_a_file", "empty", "unsupported_format",
        "unsupported_feature", "truncated", "corrupt", "limit_exceeded", "io_error",
        "timeout", "internal",
      ])
  }
}
