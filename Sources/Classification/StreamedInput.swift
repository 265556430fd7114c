import Images
import Synchronization
import System
import Threads

/// What comes on standard input, from a FIFO or from a gzip file: the images of a tar archive, one
/// after another, or one image. The first bytes decide which.
///
/// A thread of its own reads ahead, so that workers find members ready. Nothing is unpacked to
/// disk, and the members in memory take at most ``ClassifierOptions/lookAhead`` bytes together,
/// beside those that workers have taken.
final class StreamedInput: Sendable {
  private struct State {
    /// Nil until enough bytes have arrived.
    var kind: TarStream.Kind?
    /// An array and no slice, which would keep the bytes of items that were taken.
    var items: [InputItem] = []
    var passedOver = OtherFiles()
    var hasEnded = false
  }

  /// The most members that wait for a worker.
  private static let longestQueue = 1024

  private let path: RawPath
  private let room: LookAheadRoom
  private let memberLimit: Int
  private let stop: StopFlag
  private let state = Monitor(State())

  /// - Parameter stop: ends reading when it is raised.
  init(_ stream: ByteStream, options: ClassifierOptions, stop: StopFlag) {
    path = stream.path
    room = LookAheadRoom(options.lookAhead)
    memberLimit = options.streamedMemberLimit
    self.stop = stop
    do {
      _ = try WorkerThread {
        self.read(stream)
        self.state.update { $0.hasEnded = true }
      }
    } catch {
      let failure = SystemError.failed(
        operation: "start a thread", path: path, errno: error.errno)
      state.update { state in
        state.items.append(self.failed(ItemFailure(failure)))
        (state.kind, state.hasEnded) = (.other, true)
      }
    }
  }

  /// Members so far that are no pictures by their names, or no files.
  var passedOver: OtherFiles { state.update { $0.passedOver } }

  /// Whether this is an archive, as far as is known.
  var isArchive: Bool { state.update { $0.kind == .tar || $0.kind == .compressedTar } }

  /// Waits, but not for long, until it is known what this is.
  ///
  /// - Returns: whether it is known.
  func waitForKind(milliseconds: Int) -> Bool {
    state.wait(milliseconds: milliseconds) { $0.kind == nil ? nil : true } ?? false
  }

  /// - Parameter waiting: whether to wait for an input that has not arrived yet.
  func next(waiting: Bool) -> InputStream.Next {
    func take(_ state: inout State) -> InputStream.Next {
      if !state.items.isEmpty { return .item(state.items.removeFirst()) }
      return state.hasEnded ? .end : .notYet
    }
    guard waiting else { return state.update(take) }
    let next = state.wait { state -> InputStream.Next? in
      let next = take(&state)
      return next == .notYet ? nil : next
    }
    // The reader may wait for room in the queue.
    state.update { _ in }
    return next
  }

  // MARK: The reading thread

  private func read(_ stream: ByteStream) {
    do throws(SystemError) {
      let kind = try TarStream.kind(of: stream, zeros: .tar)
      state.update { $0.kind = kind }
      guard kind != .other else {
        put(InputItem(path: path, content: .stream(stream), origin: .named))
        return
      }
      try readArchive(stream, isCompressed: kind == .compressedTar)
    } catch {
      state.update { $0.kind = $0.kind ?? .other }
      if error != .stopped { put(failed(ItemFailure(error))) }
    }
  }

  private func readArchive(_ stream: ByteStream, isCompressed: Bool) throws(SystemError) {
    do throws(TarError) {
      let name: RawPath = path == "-" ? "standard input" : path
      var reader = TarReader(try TarStream(stream, name: name, isCompressed: isCompressed))
      while let member = try reader.next() {
        guard let content = try content(of: member, &reader) else { continue }
        if case .failed(.stopped) = content { return }
        let isIn = put(
          InputItem(path: member.name, content: content, origin: .found, archive: path))
        guard isIn else { return }
      }
    } catch {
      if case .unreadable(let error) = error { throw error }
      put(failed(ItemFailure(archive: error)))
    }
  }

  /// What a worker gets of a member; nil where it is no image.
  private func content(
    of member: TarMember, _ reader: inout TarReader
  ) throws(TarError) -> InputItem.Content? {
    guard member.isImage else {
      state.update { $0.passedOver.add(member) }
      return nil
    }
    guard member.count <= memberLimit else {
      return .failed(.memberTooLarge(member.count, limit: memberLimit))
    }
    guard room.take(member.count, stop: stop) else { return .failed(.stopped) }
    var bytes: [UInt8] = []
    do throws(TarError) {
      try reader.readContents(of: member, into: &bytes)
    } catch {
      room.give(back: member.count)
      throw error
    }
    return .bytes(MemberBytes(bytes, room: room))
  }

  /// Waits for room in the queue, and puts an item there.
  ///
  /// - Returns: false if the stop flag was raised meanwhile.
  @discardableResult private func put(_ item: InputItem) -> Bool {
    while !stop.isRaised {
      let isRoom = state.wait(milliseconds: 50) { state -> Bool? in
        state.items.count < Self.longestQueue ? true : nil
      }
      guard isRoom != nil else { continue }
      state.update { $0.items.append(item) }
      return true
    }
    return false
  }

  private func failed(_ failure: ItemFailure) -> InputItem {
    InputItem(path: path, content: .failed(failure), origin: .named)
  }
}

extension ItemFailure {
  /// The run ended while a member was read; no record says so.
  fileprivate static let stopped = ItemFailure(SystemError.stopped)

  fileprivate static func memberTooLarge(_ count: Int, limit: Int) -> ItemFailure {
    ItemFailure(
      .limitExceeded,
      "\(count) bytes are more than the \(limit) bytes that a member of a tar archive on standard "
        + "input, from a FIFO or in gzip data may have; unpack it first")
  }
}
