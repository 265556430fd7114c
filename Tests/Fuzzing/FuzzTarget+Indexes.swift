import Kernels
import Search
import System
import Threads

extension FuzzTarget {
  static let indexes = [
    // An index of photos: everything that it says about them, and both kinds of search.
    FuzzTarget(name: "index") { bytes in
      ignoringErrors {
        let index = try FeatureIndex(ScratchInput.write(bytes))
        for row in 0..<index.count { _ = (index.photo(row), index.path(row)) }
        guard index.count > 0 else { return }
        let search = NeighbourSearch(index, pool: pool)
        let query = search.query([Float](repeating: 1, count: index.rows.length))
        _ = search.neighbours(of: query, count: 5)
        let last = search.query(row: index.count - 1)
        _ = search.neighbours(of: last, count: index.count, minimum: 0.5)
        _ = try DuplicateSearch(search, threshold: 0.9)
          .groups(among: Array(0..<min(index.count, 200)), stop: StopFlag())
      }
    }
  ]

  private static let pool = WorkerPool(threads: 1)
}
