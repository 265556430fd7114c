/// Which photos are held out of training, to measure what was learned.
///
/// The side of a photo follows from its content alone: a hash of its bytes decides, so that it
/// keeps its side when other photos are added. Copies and near copies stand on one side together,
/// on that of the member with the smallest hash.
public struct ValidationSplit: Sendable {
  /// By photo, whether it is held out.
  public let isValidation: [Bool]

  /// The share that is held out where no validation folder is given.
  public static let share = 0.2

  /// - Parameters:
  ///   - photos: the class, the content's key and the group of copies of each photo.
  ///   - share: the expected share of each class that is held out.
  public init(
    classes: [Int], contentKeys: [UInt64], groups: CopyGroups, share: Double = Self.share
  ) {
    // The member with the smallest key stands for its group.
    var keys: [Int: UInt64] = [:]
    for (photo, group) in groups.representative.enumerated() {
      let key = RandomStream.mix(contentKeys[photo])
      keys[group] = min(keys[group] ?? .max, key)
    }
    // Mixed once more: the smallest of several keys is not evenly distributed.
    keys = keys.mapValues(RandomStream.mix)
    let limit = UInt64(share * 0x1p64.nextDown)
    var heldOut = Set(keys.filter { $0.value < limit }.map(\.key))
    // A class with several groups has at least one on each side.
    var groupsOfClass: [Int: Set<Int>] = [:]
    for (photo, group) in groups.representative.enumerated() {
      groupsOfClass[classes[photo], default: []].insert(group)
    }
    for (_, members) in groupsOfClass.sorted(by: { $0.key < $1.key }) where members.count > 1 {
      let sorted = members.sorted { (keys[$0] ?? 0, $0) < (keys[$1] ?? 0, $1) }
      if members.isDisjoint(with: heldOut), let first = sorted.first { heldOut.insert(first) }
      if members.isSubset(of: heldOut), let last = sorted.last { heldOut.remove(last) }
    }
    // A class whose photos are all copies of each other has none to hold out.
    for (_, members) in groupsOfClass where members.count == 1 { heldOut.subtract(members) }
    isValidation = groups.representative.map { heldOut.contains($0) }
  }

  /// A number that stands for the bytes of a file: FNV-1a, 64 bits.
  public static func contentKey(of bytes: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    return hash
  }
}
