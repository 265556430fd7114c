public import System

/// Groups near copies among the photos of an index.
///
/// Every two photos of a group are at least as similar as the threshold (complete linkage). Photos
/// are taken in the order in which they are worth keeping. Each that is in no group yet begins one,
/// and takes the photos that are similar enough to it and to all that it has taken before, the most
/// similar first.
public struct DuplicateSearch: Sendable {
  private let search: NeighbourSearch
  private let threshold: Float

  /// How many photos are compared with all others at a time.
  private static let block = 64

  /// - Parameter threshold: the lowest similarity of near copies.
  public init(_ search: NeighbourSearch, threshold: Float) {
    self.search = search
    self.threshold = threshold
  }

  /// Photos with the same bytes, the best first.
  private struct Copies {
    var rows: [Int]
  }

  /// The groups, in the order of the paths of the photos to keep.
  ///
  /// - Parameters:
  ///   - rows: the photos to compare; no two of them may be the same file.
  ///   - onProgress: called now and then with the number of photos that were compared.
  /// - Throws: ``SystemError/stopped`` if `stop` is raised.
  public func groups(
    among rows: [Int], stop: StopFlag, onProgress: (Int) -> Void = { _ in }
  ) throws(SystemError) -> [DuplicateGroup] {
    let copies = Self.copies(rows.map { ($0, search.index.photo($0)) })
    /// By row, which of the copies it stands for; -1 for rows that stand for none.
    var order = [Int](repeating: -1, count: search.index.count)
    for (position, copies) in copies.enumerated() { order[copies.rows[0]] = position }
    var isGrouped = [Bool](repeating: false, count: copies.count)
    var groups: [DuplicateGroup] = []
    var next = 0
    while next < copies.count {
      if stop.isRaised { throw .stopped }
      var leaders: [Int] = []
      while next < copies.count, leaders.count < Self.block {
        if !isGrouped[next] { leaders.append(next) }
        next += 1
      }
      let queries = leaders.map { search.query(row: copies[$0].rows[0]) }
      let candidates = search.candidates(queries, atLeast: threshold)
      for (leader, (query, found)) in zip(leaders, zip(queries, candidates))
      where !isGrouped[leader] {
        if stop.isRaised { throw .stopped }
        // Those before the leader that are in no group are not similar enough to it.
        let others = found.map { order[Int($0)] }.filter { $0 > leader && !isGrouped[$0] }
        let group = try self.group(
          leader, query, others.map { ($0, copies[$0].rows[0]) }, stop: stop)
        for member in group.members { isGrouped[member.position] = true }
        let members = group.members.map { (copies[$0.position].rows, $0.similarity) }
        if members.count > 1 || members[0].0.count > 1 {
          groups.append(self.group(members, lowest: group.lowest))
        }
      }
      onProgress(next)
    }
    return groups.sorted { $0.members[0].photo.path < $1.members[0].photo.path }
  }

  /// Photos with the same bytes together; all in the order in which they are worth keeping.
  private static func copies(_ photos: [(row: Int, photo: IndexedPhoto)]) -> [Copies] {
    struct Contents: Hashable {
      let digest: [UInt8]
      let byteCount: Int
    }
    var copies: [Copies] = []
    var positions: [Contents: Int] = [:]
    for (row, photo) in photos.sorted(by: { $0.photo.isBetter(than: $1.photo) }) {
      let contents = Contents(digest: photo.digest, byteCount: photo.byteCount)
      if let position = positions[contents] {
        copies[position].rows.append(row)
      } else {
        positions[contents] = copies.count
        copies.append(Copies(rows: [row]))
      }
    }
    return copies
  }

  /// The photos that form a group with a leader, which is the first of them.
  private func group(
    _ leader: Int, _ query: SearchQuery, _ candidates: [(position: Int, row: Int)], stop: StopFlag
  ) throws(SystemError) -> (members: [(position: Int, similarity: Float)], lowest: Float) {
    let near = candidates.map { ($0, search.similarity(query, row: $0.row)) }
      .filter { $0.1 >= threshold }
      .sorted { ($1.1, $0.0.position) < ($0.1, $1.0.position) }
    var members: [(position: Int, similarity: Float)] = [(leader, 1)]
    var rows: [Int] = []
    var lowest: Float = 1
    for (candidate, similarity) in near {
      if stop.isRaised { throw .stopped }
      let query = search.query(row: candidate.row)
      var least = similarity
      for row in rows where least >= threshold {
        least = min(least, search.similarity(query, row: row))
      }
      guard least >= threshold else { continue }
      members.append((candidate.position, similarity))
      rows.append(candidate.row)
      lowest = min(lowest, least)
    }
    return (members, lowest)
  }

  private func group(
    _ members: [(rows: [Int], similarity: Float)], lowest: Float
  ) -> DuplicateGroup {
    var result: [DuplicateGroup.Member] = []
    for (rows, similarity) in members {
      let first = result.count
      for (index, row) in rows.enumerated() {
        result.append(
          .init(
            row: row, photo: search.index.photo(row), similarity: similarity,
            exactCopyOf: index == 0 ? nil : first))
      }
    }
    return DuplicateGroup(members: result, lowestSimilarity: lowest)
  }
}
