import Kernels
import Testing
import Threads

/// Whether the yardsticks are true: a wrong count of operations would make every share wrong.
@Suite struct MachinePeakTests {
  @Test(
    "a round of the peak kernels does as many multiply-adds as it says",
    arguments: InstructionSet.available.map(\.name), MachinePeak.Arithmetic.allCases)
  func counts(isa: String, arithmetic: MachinePeak.Arithmetic) throws {
    let kernels = try #require(InstructionSet(named: isa))
    let perRound = kernels.peakMultiplyAdds(arithmetic)
    #expect(perRound > 0)
    for rounds in [0, 1, 2, 1000] {
      #expect(kernels.peak(arithmetic, rounds: rounds) == rounds * perRound)
    }
  }

  @Test(
    "the reading kernels read every value once", arguments: InstructionSet.available.map(\.name))
  func sums(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    for count in [0, 1, 7, 64, 127, 128, 300, 1025] {
      let values = (0..<count).map(Float.init)
      #expect(kernels.sum(values.span) == Float(count * (count - 1) / 2))
    }
  }

  @Test("a measured peak is that of a processor")
  func plausible() throws {
    let pool = WorkerPool(threads: 1)
    for arithmetic in MachinePeak.Arithmetic.allCases {
      let peak = MachinePeak.measure(arithmetic, kernels: .best, pool: pool)
      // Less than one operation a cycle, or more than any core does, would be a fault of ours.
      #expect((1e9...2e13).contains(peak.operationsPerSecond))
      #expect((1e8...1e12).contains(peak.bytesPerSecond))
    }
  }
}
