import Synchronization
import System
import Threads

/// The bytes of a member of an archive that was read from a stream. They take room of the stream's
/// look-ahead until a worker takes them, or until nobody wants them any more.
final class MemberBytes: Sendable {
  /// In bytes.
  let count: Int
  private let room: LookAheadRoom
  private let bytes: Mutex<[UInt8]?>

  /// - Parameter room: where room for the bytes has been taken already.
  init(_ bytes: [UInt8], room: LookAheadRoom) {
    count = bytes.count
    self.room = room
    self.bytes = Mutex(bytes)
  }

  deinit {
    if bytes.withLock({ $0 != nil }) { room.give(back: count) }
  }

  /// The bytes; empty from the second call on.
  func take() -> [UInt8] {
    let taken = bytes.withLock { bytes in
      defer { bytes = nil }
      return bytes
    }
    if taken != nil { room.give(back: count) }
    return taken ?? []
  }
}

extension MemberBytes: Equatable {
  static func == (first: MemberBytes, second: MemberBytes) -> Bool { first === second }
}

/// The memory for members of streams that were read and that no worker has taken yet.
final class LookAheadRoom: Sendable {
  private let limit: Int
  /// The bytes that are in use.
  private let used = Monitor(0)

  /// - Parameter limit: in bytes. A member that is larger has all of the room to itself.
  init(_ limit: Int) {
    self.limit = limit
  }

  /// Waits until there is room for a member of `count` bytes.
  ///
  /// - Returns: false if the stop flag was raised meanwhile.
  func take(_ count: Int, stop: StopFlag) -> Bool {
    while !stop.isRaised {
      let isTaken = used.wait(milliseconds: 50) { used -> Bool? in
        guard used == 0 || count <= self.limit - min(used, self.limit) else { return nil }
        used += count
        return true
      }
      if isTaken != nil { return true }
    }
    return false
  }

  func give(back count: Int) {
    used.update { $0 -= count }
  }
}
