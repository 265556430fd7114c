import Kernels
import Search
import Testing
import Threads

/// The search gives what comparing with every row gives.
@Suite struct NeighbourTests {
  /// The stored rows, scaled to length 1 in double precision.
  private func units(_ index: FeatureIndex) -> [[Double]] {
    (0..<index.count).map { index.rows.row($0).unitValues.map(Double.init) }
  }

  @Test(
    "the neighbours are those of a plain search, with sketches and without, on any threads",
    arguments: [FeatureRows.Element.int8, .float16], [false, true])
  func exact(element: FeatureRows.Element, sketches: Bool) throws {
    let data = SyntheticPhotos(count: 500, length: 48)
    let settings = sketches ? SyntheticPhotos.smallSketches : SketchSettings()
    let index = try data.index(element, settings: settings)
    let units = units(index)
    let others = SyntheticPhotos(count: 6, length: 48, seed: 77).features
    for threads in [1, 3] {
      for kernels in InstructionSet.available {
        let search = NeighbourSearch(
          index, pool: WorkerPool(threads: threads), kernels: kernels)
        for (number, query) in (others + [data.features[17], others[0].map { -$0 }]).enumerated() {
          let unit = FeatureRow(unitVector(query), element).unitValues.map(Double.init)
          let expected = units.map { Reference.cosine(unit, $0) }
          for count in [1, 10, 600] {
            let found = search.neighbours(of: search.query(query), count: count)
            #expect(found.count == min(count, 500))
            let sorted = expected.sorted(by: >)
            for (rank, neighbour) in found.enumerated() {
              // Equal up to the rounding of float32, in the order and for the row.
              #expect(abs(Double(neighbour.similarity) - sorted[rank]) < 3e-6, "query \(number)")
              #expect(abs(Double(neighbour.similarity) - expected[neighbour.row]) < 3e-6)
            }
            #expect(Set(found.map(\.row)).count == found.count)
          }
          let minimum: Float = 0.8
          let near = search.neighbours(of: search.query(query), count: 500, minimum: minimum)
          #expect(near.allSatisfy { $0.similarity >= minimum })
          #expect(near.count >= expected.count { $0 >= Double(minimum) + 1e-5 })
        }
      }
    }
  }

  @Test("a photo of the index is its own first neighbour, with similarity 1")
  func itself() throws {
    let data = SyntheticPhotos(count: 300, length: 48)
    for settings in [SketchSettings(), SyntheticPhotos.smallSketches] {
      let index = try data.index(.int8, settings: settings)
      let search = NeighbourSearch(index, pool: WorkerPool(threads: 2))
      for row in [0, 150, 299] {
        for query in [search.query(row: row), search.query(data.features[row])] {
          let first = search.neighbours(of: query, count: 1)[0]
          #expect(first.row == row && abs(first.similarity - 1) < 1e-6)
        }
      }
    }
  }

  @Test("of equal photos, those that come first in the index come first, on any threads")
  func ties() throws {
    var data = SyntheticPhotos(count: 300, length: 48)
    for row in 20..<280 { data.features[row] = data.features[20] }
    for settings in [SketchSettings(), SyntheticPhotos.smallSketches] {
      let index = try data.index(.int8, settings: settings)
      for threads in [1, 4] {
        let search = NeighbourSearch(index, pool: WorkerPool(threads: threads))
        let found = search.neighbours(of: search.query(row: 100), count: 50)
        #expect(found.map(\.row) == Array(20..<70))
      }
    }
  }

  @Test("features that are all 0 are similar to nothing, and disturb nothing")
  func zeros() throws {
    var data = SyntheticPhotos(count: 200, length: 48)
    data.features[5] = [Float](repeating: 0, count: 48)
    for element in [FeatureRows.Element.int8, .float16] {
      let index = try data.index(element, settings: SyntheticPhotos.smallSketches)
      let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
      let found = search.neighbours(of: search.query(row: 5), count: 3)
      #expect(found.map(\.similarity) == [0, 0, 0])
      #expect(search.neighbours(of: search.query(row: 6), count: 200).last?.row == 5)
    }
  }

  @Test("sketches leave most rows of clustered photos unread")
  func pruning() throws {
    let data = SyntheticPhotos(count: 400, length: 64)
    let index = try data.index(.int8, settings: SyntheticPhotos.smallSketches)
    let plain = try data.index(.int8)
    let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
    let all = NeighbourSearch(plain, pool: WorkerPool(threads: 1))
    let threshold: Float = 0.97
    var (candidates, wanted) = (0, 0)
    for row in 0..<50 {
      candidates += search.candidates([search.query(row: row)], atLeast: threshold)[0].count
      wanted += all.candidates([all.query(row: row)], atLeast: threshold)[0].count
    }
    #expect(wanted >= 50 && candidates >= wanted && candidates < 50 * 400 / 4)
  }
}
