/// Photos that are copies or near copies of each other, found by their perceptual hashes.
public struct CopyGroups: Sendable {
  /// By photo, the index of the first photo of its group.
  public let representative: [Int]

  /// How many photos have an earlier copy.
  public var copies: Int {
    representative.indices.count { representative[$0] != $0 }
  }

  /// Groups photos that are linked by a chain of copies.
  ///
  /// Two photos are copies if their bytes have the same key or their hashes differ in at most
  /// ``PerceptualHash/copyDistance`` bits. The 64 bits are looked up in one part more
  /// than that, one by one: at least one part is the same in both copies.
  ///
  /// - Parameter isStopped: asked now and then; true ends the search, and what was found until then
  ///   is the result.
  public init(
    _ photos: [(hash: PerceptualHash, contentKey: UInt64)], isStopped: () -> Bool = { false }
  ) {
    var groups = DisjointSets(count: photos.count)
    var firstWithKey: [UInt64: Int] = [:]
    for (index, photo) in photos.enumerated() {
      if let first = firstWithKey[photo.contentKey] {
        groups.unite(first, index)
      } else {
        firstWithKey[photo.contentKey] = index
      }
    }
    let parts = PerceptualHash.copyDistance + 1
    search: for part in 0..<parts {
      let start = UInt64(part * 64 / parts)
      let width = UInt64((part + 1) * 64 / parts) - start
      var buckets: [UInt64: [Int]] = [:]
      // Equal hashes meet once here, so that many copies of one photo take linear time.
      var distinct: [UInt64: Int] = [:]
      for (index, photo) in photos.enumerated() where !photo.hash.isFlat {
        if let first = distinct[photo.hash.bits] {
          groups.unite(first, index)
          continue
        }
        if index % 64 == 0, isStopped() { break search }
        distinct[photo.hash.bits] = index
        let key = photo.hash.bits >> start & (1 << width - 1)
        for other in buckets[key] ?? []
        where photos[other].hash.distance(to: photo.hash) <= PerceptualHash.copyDistance {
          groups.unite(other, index)
        }
        buckets[key, default: []].append(index)
      }
    }
    representative = photos.indices.map { groups.representative(of: $0) }
  }
}

/// Sets of numbers that can be united; the smallest member stands for a set.
private struct DisjointSets {
  private var parents: [Int]

  init(count: Int) {
    parents = Array(0..<count)
  }

  mutating func representative(of member: Int) -> Int {
    var root = member
    while parents[root] != root { root = parents[root] }
    var current = member
    while parents[current] != root { (parents[current], current) = (root, parents[current]) }
    return root
  }

  mutating func unite(_ first: Int, _ second: Int) {
    let roots = (representative(of: first), representative(of: second))
    parents[max(roots.0, roots.1)] = min(roots.0, roots.1)
  }
}
