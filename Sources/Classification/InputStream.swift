import Images
import System

/// One input of a run. It becomes exactly one record.
struct InputItem: Equatable {
  enum Content: Equatable {
    /// A path, which the worker opens.
    case file
    /// Standard input or a FIFO, of which the worker reads one image.
    case stream(ByteStream)
    /// A part of a tar archive, in bytes.
    case member(of: RawPath, offset: Int, count: Int)
    /// A member of a tar archive that came on a stream.
    case bytes(MemberBytes)
    /// A failure that occurred before there was a file to open.
    case failed(ItemFailure)
  }

  /// How the input was found.
  enum Origin: Equatable {
    /// The user named it, as an argument or in a list.
    case named
    /// It was found in a directory or an archive.
    case found
    /// It is a list of inputs that cannot be read.
    case list
  }

  /// The name of a member of an archive, as the archive has it.
  let path: RawPath
  let content: Content
  let origin: Origin
  /// The archive that the input is in, or that cannot be read; nil outside of archives.
  var archive: RawPath?
}

/// The inputs of a run, one after another. Directories and lists are read only as far as needed.
final class InputStream {
  enum Next: Equatable {
    case item(InputItem)
    /// No input has arrived yet, and the caller did not want to wait.
    case notYet
    case end
  }

  private var inputs: ArraySlice<InputSource.Input>
  private let shard: Shard?
  private let recorded: RecordedInputs?
  private let stop: StopFlag
  private var walk: DirectoryWalk?
  private var list: FileList?
  private var archive: ArchiveMembers?
  private var streamed: StreamedInput?
  private let options: ClassifierOptions
  private var passedOverBefore = OtherFiles()
  private var directoriesPast = 0

  /// The number of inputs so far that are in other shards.
  private(set) var inputsOfOtherShards = 0
  /// The number of inputs so far that an earlier run has recorded.
  private(set) var recordedInputs = 0
  /// The number of those whose record is a failure.
  private(set) var recordedFailures = 0

  /// The files in directories and archives so far that were skipped.
  var passedOver: OtherFiles {
    var all = passedOverBefore
    if let walk { all.add(walk.passedOver) }
    if let archive { all.add(archive.passedOver) }
    if let streamed { all.add(streamed.passedOver) }
    return all
  }

  /// The number of directories and archives named by the user that have been met so far.
  var directories: Int { directoriesPast + (streamed?.isArchive ?? false ? 1 : 0) }

  /// - Parameter stop: ends the stream when it is raised, even while ``next(waiting:)`` waits.
  init(_ source: InputSource, options: ClassifierOptions = ClassifierOptions(), stop: StopFlag) {
    self.options = options
    inputs = source.inputs[...]
    shard = source.shard
    recorded = source.recorded
    self.stop = stop
  }

  /// - Parameter waiting: whether to wait for an input that has not arrived yet.
  func next(waiting: Bool) -> Next {
    while !stop.isRaised {
      let next = nextOfAll(waiting: waiting)
      guard case .item(let item) = next else { return next }
      // That a list cannot be read concerns all shards.
      if item.origin != .list, let shard, !shard.contains(item.path) {
        inputsOfOtherShards += 1
      } else if let outcome = recorded?.take(.init(item.path, archive: item.archive)) {
        recordedInputs += 1
        if outcome == .failed { recordedFailures += 1 }
      } else {
        return next
      }
    }
    return .end
  }

  private func nextOfAll(waiting: Bool) -> Next {
    while !stop.isRaised {
      if let item = nextInWalk() { return .item(item) }
      if let item = nextInArchive() { return .item(item) }
      if let next = nextInStream(waiting: waiting) { return next }
      switch nextInList(waiting: waiting) {
      case .path(let path):
        if let item = named(path, acceptsFIFO: false) { return .item(item) }
        continue
      case .failed(let error): return .item(unreadableList(error.path, error))
      case .notYet: return .notYet
      case .end: break
      }
      guard let input = inputs.popFirst() else { return .end }
      if let item = begin(input) { return .item(item) }
    }
    return .end
  }

  private func nextInWalk() -> InputItem? {
    guard let walk else { return nil }
    switch walk.next(stop: stop) {
    case .file(let path):
      return InputItem(path: path, content: .file, origin: .found)
    case .unreadable(let path, let error):
      return InputItem(path: path, content: .failed(ItemFailure(error)), origin: .found)
    case nil:
      passedOverBefore.add(walk.passedOver)
      self.walk = nil
      return nil
    }
  }

  private func nextInArchive() -> InputItem? {
    guard let archive else { return nil }
    if let item = archive.next() { return item }
    passedOverBefore.add(archive.passedOver)
    self.archive = nil
    return nil
  }

  /// Waits, but not for long, until it is known whether a stream is one image or many.
  ///
  /// - Returns: false if that is still unknown.
  func waitForKind(milliseconds: Int) -> Bool {
    streamed?.waitForKind(milliseconds: milliseconds) ?? true
  }

  /// Nil where there is no stream, or where it has ended.
  private func nextInStream(waiting: Bool) -> Next? {
    guard let streamed else { return nil }
    let next = streamed.next(waiting: waiting)
    if next != .end { return next }
    passedOverBefore.add(streamed.passedOver)
    if streamed.isArchive { directoriesPast += 1 }
    self.streamed = nil
    return nil
  }

  private func nextInList(waiting: Bool) -> FileList.Next {
    let next = list?.next(waiting: waiting) ?? .end
    if next == .end { list = nil }
    return next
  }

  /// The item of an input that is one item; nil for a directory or a list, which is then opened.
  private func begin(_ input: InputSource.Input) -> InputItem? {
    switch input {
    case .path(let path):
      return named(path, acceptsFIFO: true)
    case .file(let path):
      return InputItem(path: path, content: .file, origin: .named)
    case .member(let name, let archive, let offset, let count):
      return InputItem(
        path: name, content: .member(of: archive, offset: offset, count: count), origin: .named,
        archive: archive)
    case .standardInput:
      return begin(path: "-") { () throws(SystemError) in try .standardInput(stop: stop) }
    case .list(let path, let separator):
      do {
        list = try FileList(path, separator: separator, stop: stop)
        recorded?.open(path ?? "-", isFolder: false)
        return nil
      } catch {
        return unreadableList(path, error)
      }
    }
  }

  /// - Parameter acceptsFIFO: whether the path may be that of a FIFO.
  private func named(_ path: RawPath, acceptsFIFO: Bool) -> InputItem? {
    // A path whose status cannot be read is taken for a file. Opening it fails, and its record
    // reports the failure.
    let status = try? FileStatus(of: path)
    if status?.kind == .directory {
      walk = .pictures(in: path)
      recorded?.open(path, isFolder: true)
      directoriesPast += 1
      return nil
    }
    let kind = ArchiveMembers.kind(of: path)
    if kind == .tar {
      archive = ArchiveMembers(path)
      recorded?.open(path, isFolder: false)
      directoriesPast += 1
      return nil
    }
    if kind == .compressedTar || acceptsFIFO && status?.kind == .fifo {
      return begin(path: path) { () throws(SystemError) in try ByteStream(opening: path, stop: stop)
      }
    }
    return InputItem(path: path, content: .file, origin: .named)
  }

  /// Begins with a stream; where it cannot be opened, the item is its failure.
  private func begin(
    path: RawPath, _ open: () throws(SystemError) -> ByteStream
  ) -> InputItem? {
    do throws(SystemError) {
      streamed = StreamedInput(try open(), options: options, stop: stop)
      recorded?.open(path, isFolder: false)
      return nil
    } catch {
      return InputItem(path: path, content: .failed(ItemFailure(error)), origin: .named)
    }
  }

  private func unreadableList(_ path: RawPath?, _ error: SystemError) -> InputItem {
    InputItem(path: path ?? "-", content: .failed(ItemFailure(list: error)), origin: .list)
  }
}
