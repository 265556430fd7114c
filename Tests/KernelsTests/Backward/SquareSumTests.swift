import Kernels
import Testing
import Threads

@Suite struct SquareSumTests {
  @Test(
    "the sum of squares of any count is that of doubles, on any number of threads",
    arguments: InstructionSet.available.map(\.name), [0, 1, 255, 256, 257, 16_384, 40_001])
  func sums(isa: String, count: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 7)
    let values = random.floats(count)
    let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let buffer = FloatBuffer(values)
    let found = buffer.squareSum(pool: WorkerPool(threads: 1), kernels: kernels)
    #expect(abs(found - expected) <= 64 * Double(Float.ulpOfOne) * expected)
    #expect(buffer.squareSum(pool: WorkerPool(threads: 3), kernels: kernels) == found)
  }
}
