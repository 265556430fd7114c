import Kernels
import Testing
import Threads

@Suite struct MagnitudePruningTests {
  @Test("the largest magnitudes stay, and other values become 0 in the same places")
  func keepsLargest() {
    var random = SeededValues(seed: 20)
    for (count, kept) in [(1, 1), (7, 1), (1000, 250), (70_001, 6301), (5000, 5000)] {
      let weights = random.floats(count)
      let others = random.floats(count)
      let (buffer, other) = (FloatBuffer(weights), FloatBuffer(others))
      MagnitudePruning.run(
        keeping: kept, of: buffer, others: [other], pool: WorkerPool(threads: 3))
      let limit = weights.map(abs).sorted(by: >)[kept - 1]
      let found = buffer.values(0..<count)
      // The seeded values have fewer bits than a float, so that some are equal.
      #expect(found.count { $0 != 0 } == kept)
      for index in 0..<count where found[index] != 0 {
        #expect(found[index] == weights[index] && abs(found[index]) >= limit)
      }
      for index in 0..<count where abs(weights[index]) > limit { #expect(found[index] != 0) }
      #expect(
        other.values(0..<count) == zip(found, others).map { $0 == 0 ? 0 : $1 })
    }
  }

  @Test("of equal magnitudes the first ones stay, for any number of threads")
  func equalMagnitudes() {
    for threads in [1, 2, 5] {
      let weights = FloatBuffer((0..<100).map { $0 % 2 == 0 ? 0.5 : -0.5 })
      MagnitudePruning.run(keeping: 30, of: weights, pool: WorkerPool(threads: threads))
      #expect(
        weights.values(0..<100)
          == (0..<100).map { $0 < 30 ? ($0 % 2 == 0 ? 0.5 : -0.5) : 0 })
    }
  }

  @Test("weights of which enough are 0 stay as they are")
  func nothingToDo() {
    let values: [Float] = [0, 1, 0, -2, 0, .leastNonzeroMagnitude]
    let weights = FloatBuffer(values)
    MagnitudePruning.run(keeping: 3, of: weights, pool: WorkerPool(threads: 2))
    #expect(weights.values(0..<6) == values)
    MagnitudePruning.run(keeping: 5, of: weights, pool: WorkerPool(threads: 2))
    #expect(weights.values(0..<6) == values)
  }
}
