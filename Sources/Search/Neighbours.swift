public import Kernels
import Synchronization
public import Threads

/// A photo of an index, and how similar it is to a query.
public struct Neighbour: Sendable, Equatable {
  public let row: Int
  /// The cosine of the angle between the features: 1 for the same picture, at least 0 for values
  /// that are never negative.
  public let similarity: Float
}

/// What an index is searched for: a row in the form of the index's rows.
public struct SearchQuery: Sendable {
  let row: FeatureRow.Query
  let scale: Float
  let bounds: BoundedRows.Query
}

/// Finds the most similar photos of an index.
///
/// The search is exact: it gives what comparing the query with every row gives. Bounds from the
/// sketches say which rows cannot be among the results, and only the others are read.
public struct NeighbourSearch: Sendable {
  public let index: FeatureIndex
  private let bounded: BoundedRows
  private let pool: WorkerPool
  private let kernels: InstructionSet

  public init(_ index: FeatureIndex, pool: WorkerPool, kernels: InstructionSet = .best) {
    self.index = index
    self.pool = pool
    self.kernels = kernels
    bounded = index.boundedRows(kernels)
  }

  /// A query with features that need not be in the index.
  ///
  /// - Parameter values: as many as a row of the index has, finite.
  public func query(_ values: [Float]) -> SearchQuery {
    precondition(values.count == index.rows.length)
    let row = FeatureRow(unitVector(values), index.rows.element)
    let scale = row.inverseLength
    guard let directions = index.directions else { return query(row.query, scale) }
    return SearchQuery(
      row: row.query, scale: scale,
      bounds: directions.sketch(row.unitValues).query(slack: directions.slack))
  }

  /// A query with a photo of the index.
  public func query(row: Int) -> SearchQuery {
    let values = index.rows.row(row).query
    let scale = index.scale(row)
    guard let directions = index.directions else { return query(values, scale) }
    return SearchQuery(
      row: values, scale: scale, bounds: index.sketch(row).query(slack: directions.slack))
  }

  private func query(_ row: FeatureRow.Query, _ scale: Float) -> SearchQuery {
    SearchQuery(row: row, scale: scale, bounds: BoundedRows.Query(row, scale: scale))
  }

  /// The similarity of a query and a row.
  public func similarity(_ query: SearchQuery, row: Int) -> Float {
    let cosine =
      index.rows.dot(query.row, row: row, kernels: kernels) * (query.scale * index.scale(row))
    // The same features give 1 but for rounding.
    return cosine > 1 - 8 * .ulpOfOne ? 1 : cosine
  }

  /// The rows with the largest similarities, the most similar first; of equally similar rows those
  /// that come first in the index.
  ///
  /// - Parameters:
  ///   - count: the most rows.
  ///   - minimum: rows with a lower similarity are left out.
  public func neighbours(
    of query: SearchQuery, count: Int, minimum: Float = -1
  ) -> [Neighbour] {
    let rows = index.count
    guard count > 0, rows > 0 else { return [] }
    let bounds = bounded.bounds(query.bounds, pool: pool)
    // A lower limit of the similarity of the last result: that of rows with large bounds.
    let parts = min(rows, max(4 * min(count, rows), 1024))
    var first = Nearest(count: count, minimum: minimum)
    for part in 0..<parts {
      let range = part * rows / parts..<(part + 1) * rows / parts
      let row = bounds.largest(in: range)
      guard bounds.bound(row) >= first.limit - Self.rounding else { continue }
      first.add(Neighbour(row: row, similarity: similarity(query, row: row)))
    }
    let limit = Mutex(first.limit)
    let chunk = 8192
    let chunks = (rows + chunk - 1) / chunk
    let nearest = pool.map(chunks) { task -> Nearest in
      let range = task * chunk..<min(rows, (task + 1) * chunk)
      var nearest = Nearest(count: count, minimum: limit.withLock { $0 })
      for row in bounds.rows(in: range, atLeast: nearest.limit - Self.rounding)
      where bounds.bound(row) >= nearest.limit - Self.rounding {
        nearest.add(Neighbour(row: row, similarity: similarity(query, row: row)))
      }
      limit.withLock { $0 = max($0, nearest.limit) }
      return nearest
    }
    var result = Nearest(count: count, minimum: minimum)
    for part in nearest { for neighbour in part.sorted { result.add(neighbour) } }
    return result.sorted
  }

  /// What bounds that are the similarities may differ by from similarities computed again.
  static let rounding: Float = 4e-6

  /// For each query, the rows whose similarity may be at least `limit`, in rising order.
  package func candidates(_ queries: [SearchQuery], atLeast limit: Float) -> [[UInt32]] {
    bounded.candidates(queries.map(\.bounds), atLeast: limit - Self.rounding, pool: pool)
  }
}

/// The most similar rows so far.
private struct Nearest: Sendable {
  private let count: Int
  private let minimum: Float
  /// A heap whose first element is the one to give up next.
  private var heap: [Neighbour] = []

  init(count: Int, minimum: Float) {
    self.count = count
    self.minimum = minimum
  }

  /// Rows with a lower similarity will not be among the results.
  var limit: Float { heap.count < count ? minimum : max(minimum, heap[0].similarity) }

  /// The most similar first.
  var sorted: [Neighbour] { heap.sorted { Self.precedes($0, $1) } }

  mutating func add(_ neighbour: Neighbour) {
    // A NaN, of a damaged file, is not at least anything.
    guard neighbour.similarity >= minimum else { return }
    if heap.count < count {
      heap.append(neighbour)
      siftUp(heap.count - 1)
    } else if Self.precedes(neighbour, heap[0]) {
      heap[0] = neighbour
      siftDown()
    }
  }

  private static func precedes(_ left: Neighbour, _ right: Neighbour) -> Bool {
    left.similarity != right.similarity
      ? left.similarity > right.similarity : left.row < right.row
  }

  private mutating func siftUp(_ start: Int) {
    var position = start
    while position > 0 {
      let parent = (position - 1) / 2
      guard Self.precedes(heap[parent], heap[position]) else { return }
      heap.swapAt(parent, position)
      position = parent
    }
  }

  private mutating func siftDown() {
    var position = 0
    while true {
      var last = position
      for child in [2 * position + 1, 2 * position + 2]
      where child < heap.count && Self.precedes(heap[last], heap[child]) {
        last = child
      }
      guard last != position else { return }
      heap.swapAt(last, position)
      position = last
    }
  }
}
