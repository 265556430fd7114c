import Testing
import Threads

@Suite struct ScratchMemoryTests {
  @Test("memory that was given back is used again")
  func reuse() {
    let scratch = WorkerPool(threads: 1).scratch
    let places = [3000, 10, 3_000_000, 2999].map { place(scratch, $0) }
    #expect(places[0] == places[3] && places[0] != places[2])
    #expect(places.allSatisfy { $0 % 64 == 0 })
  }

  @Test("memory in use is nobody else's, neither in a nested use nor on another thread")
  func disjoint() {
    let pool = WorkerPool(threads: 3)
    let sums = pool.map(60) { task in
      // SAFETY: both uses stay inside what they asked for.
      unsafe pool.scratch.withValues(of: Int.self, 500) { outer in
        unsafe outer.update(repeating: task, count: 500)
        unsafe pool.scratch.withValues(of: Int.self, 500) { inner in
          unsafe inner.update(repeating: -1, count: 500)
        }
        return (0..<500).reduce(0) { unsafe $0 + outer[$1] }
      }
    }
    #expect(sums == (0..<60).map { 500 * $0 })
  }

  @Test("guarded memory ends where it was asked to")
  func guarded() {
    MemoryPlacement.$isGuarded.withValue(true) {
      #expect(place(WorkerPool(threads: 1).scratch, 100) % 4096 == 4096 - 100)
    }
  }

  private func place(_ scratch: ScratchMemory, _ byteCount: Int) -> Int {
    // SAFETY: only the address is looked at.
    unsafe scratch.withBytes(byteCount) { Int(bitPattern: $0) }
  }
}
